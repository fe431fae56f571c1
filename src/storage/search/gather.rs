//! What the index lacks and has too much, found by comparing it with the tables.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{
    Alias, Asterisk, Condition, Expr, ExprTrait, Func, IntoIden, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, Value,
};
use uuid::Uuid;

use super::super::StoreError;
use super::super::dialect::in_order;
use super::super::keyed::{behind, find_by};
use super::super::rows::{comment, contact, conversation, message, search_part, ticket, ticket_record};
use super::plan::Touched;
use crate::domain::ids::AccountId;
use crate::domain::links::RecordKind;
use crate::domain::search::{Field, MAX_CHARACTERS};

/// One text in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartKey {
    /// The ticket; 0 for a contact.
    pub number: i64,
    /// Which kind of text.
    pub field: Field,
    /// Message, comment or contact; nil for the ticket's own.
    pub id: Uuid,
}

/// What has to change.
#[derive(Debug, Default)]
pub struct Changes {
    /// Leaves the index, also before it comes in anew.
    pub gone: BTreeSet<PartKey>,
    /// Comes in.
    pub texts: Vec<(PartKey, String)>,
}

/// Compares the index with the tables, as far as events touched them.
pub async fn gather(db: &impl ConnectionTrait, account: &AccountId, touched: &Touched) -> Result<Changes, StoreError> {
    if *touched == Touched::default() {
        return Ok(Changes::default());
    }
    let mut work = Work { db, account, indexed: BTreeSet::new(), wanted: BTreeSet::new(), texts: Vec::new() };
    work.indexed = work.indexed_parts(&touched.tickets).await?;
    let contacts = work.tickets(touched).await?;
    let alive: BTreeSet<i64> = work.wanted.iter().map(|key| key.number).collect();
    work.messages(&alive, &touched.messages).await?;
    work.comments(&alive, &touched.comments).await?;
    work.contacts(contacts, &touched.contacts).await?;
    let gone = work.indexed.difference(&work.wanted).copied();
    let gone = gone.chain(work.texts.iter().map(|(key, _)| *key)).collect::<BTreeSet<_>>();
    let named = touched.contacts.iter().map(|id| PartKey { number: 0, field: Field::Contact, id: *id });
    Ok(Changes { gone: gone.into_iter().chain(named).collect(), texts: work.texts })
}

struct Work<'a, C> {
    db: &'a C,
    account: &'a AccountId,
    indexed: BTreeSet<PartKey>,
    wanted: BTreeSet<PartKey>,
    texts: Vec<(PartKey, String)>,
}

impl<C: ConnectionTrait> Work<'_, C> {
    async fn indexed_parts(&self, tickets: &BTreeSet<i64>) -> Result<BTreeSet<PartKey>, StoreError> {
        use search_part::Column as P;
        let rows: Vec<(i64, String, Uuid)> = self
            .by::<search_part::Entity, _>(P::Number, tickets)
            .select_only()
            .columns([P::Number, P::Field, P::PartId])
            .filter(P::Chunk.eq(0))
            .into_tuple()
            .all(self.db)
            .await?;
        let key = |(number, field, id): (i64, String, Uuid)| {
            Field::from_code(&field).map(|field| PartKey { number, field, id })
        };
        Ok(rows.into_iter().filter_map(key).collect())
    }

    /// The tickets' own texts; deleted ones have none. Returns the contacts of those that are there.
    async fn tickets(&mut self, touched: &Touched) -> Result<BTreeSet<Uuid>, StoreError> {
        use ticket::Column as T;
        use ticket_record::Column as R;
        let rows: Vec<(i64, String, String)> = self
            .by::<ticket::Entity, _>(T::Number, &touched.tickets)
            .select_only()
            .columns([T::Number, T::Subject])
            .expr_as(head_of(T::Description), "description")
            .filter(T::DeleteTime.is_null())
            .into_tuple()
            .all(self.db)
            .await?;
        let there: BTreeSet<i64> = rows.iter().map(|(number, ..)| *number).collect();
        for (number, subject, description) in rows {
            let key = |field| PartKey { number, field, id: Uuid::nil() };
            let anew = touched.texts.contains(&number) || !self.indexed.contains(&key(Field::Subject));
            for (field, text) in [(Field::Subject, subject), (Field::Description, description)] {
                self.wanted.insert(key(field));
                if anew {
                    self.texts.push((key(field), text));
                }
            }
        }
        let contacts: Vec<Uuid> = self
            .by::<ticket_record::Entity, _>(R::Number, &there)
            .select_only()
            .column(R::RecordId)
            .filter(R::Kind.eq(RecordKind::Contact.code()))
            .into_tuple()
            .all(self.db)
            .await?;
        Ok(contacts.into_iter().collect())
    }

    async fn messages(&mut self, alive: &BTreeSet<i64>, named: &BTreeSet<Uuid>) -> Result<(), StoreError> {
        use message::Column as M;
        let said = self.said::<message::Entity>(alive, M::Id, M::ConversationId).await?;
        let read = self.note_and_pick(said, Field::Message, named);
        let rows: Vec<(Uuid, String, String)> = self
            .by::<message::Entity, _>(M::Id, read.keys())
            .select_only()
            .columns([M::Id, M::Subject])
            .expr_as(head_of(M::Text), "text")
            .into_tuple()
            .all(self.db)
            .await?;
        let texts = rows.into_iter().map(|(id, subject, text)| (id, format!("{subject}\n{text}")));
        self.keep(texts, &read);
        Ok(())
    }

    async fn comments(&mut self, alive: &BTreeSet<i64>, named: &BTreeSet<Uuid>) -> Result<(), StoreError> {
        use comment::Column as N;
        let said = self.said::<comment::Entity>(alive, N::Id, N::ConversationId).await?;
        let read = self.note_and_pick(said, Field::Comment, named);
        let rows: Vec<(Uuid, String)> = self
            .by::<comment::Entity, _>(N::Id, read.keys())
            .select_only()
            .column(N::Id)
            .expr_as(head_of(N::Text), "text")
            .into_tuple()
            .all(self.db)
            .await?;
        self.keep(rows.into_iter(), &read);
        Ok(())
    }

    /// Contacts that events name, and those of the tickets that the index does not know yet.
    async fn contacts(&mut self, of_tickets: BTreeSet<Uuid>, named: &BTreeSet<Uuid>) -> Result<(), StoreError> {
        use contact::Column as K;
        use search_part::Column as P;
        let keys = of_tickets.iter().map(|id| vec![0_i64.into(), Field::Contact.code().into(), (*id).into()]);
        let columns = [P::Number, P::Field, P::PartId];
        let known: Vec<Uuid> =
            find_by::<search_part::Entity>(self.backend(), self.account.as_str(), &columns, keys, None)
                .select_only()
                .column(P::PartId)
                .into_tuple()
                .all(self.db)
                .await?;
        let missing = of_tickets.into_iter().filter(|id| !known.contains(id));
        let read: BTreeSet<Uuid> = missing.chain(named.iter().copied()).collect();
        let rows: Vec<(Uuid, String, String)> = self
            .by::<contact::Entity, _>(K::Id, &read)
            .select_only()
            .columns([K::Id, K::DisplayName, K::Points])
            .into_tuple()
            .all(self.db)
            .await?;
        for (id, name, points) in rows {
            self.texts.push((PartKey { number: 0, field: Field::Contact, id }, contact_text(&name, &points)));
        }
        Ok(())
    }

    /// What was said or noted on these tickets.
    async fn said<E: EntityTrait>(
        &self,
        tickets: &BTreeSet<i64>,
        id: E::Column,
        place: E::Column,
    ) -> Result<Vec<(i64, Uuid)>, StoreError> {
        let query = said_on::<E>(self.backend(), self.account, tickets, id, place);
        let rows = self.db.query_all(&query).await?;
        rows.iter().map(|row| Ok((row.try_get("", "number")?, row.try_get("", "id")?))).collect()
    }

    /// Notes what belongs into the index, and tells which of it has to be read: with the ticket it stands at.
    fn note_and_pick(
        &mut self,
        said: Vec<(i64, Uuid)>,
        field: Field,
        named: &BTreeSet<Uuid>,
    ) -> BTreeMap<Uuid, PartKey> {
        let keys: Vec<PartKey> = said.into_iter().map(|(number, id)| PartKey { number, field, id }).collect();
        self.wanted.extend(&keys);
        let anew = keys.into_iter().filter(|key| named.contains(&key.id) || !self.indexed.contains(key));
        anew.map(|key| (key.id, key)).collect()
    }

    fn keep(&mut self, texts: impl Iterator<Item = (Uuid, String)>, read: &BTreeMap<Uuid, PartKey>) {
        self.texts.extend(texts.filter_map(|(id, text)| Some((*read.get(&id)?, text))));
    }

    /// The rows of which `column` is one of `keys`.
    fn by<'k, E: EntityTrait, V: Into<Value> + Copy + 'k>(
        &self,
        column: E::Column,
        keys: impl IntoIterator<Item = &'k V>,
    ) -> Select<E> {
        let keys = keys.into_iter().map(|key| vec![(*key).into()]);
        find_by(self.backend(), self.account.as_str(), &[column], keys, None)
    }

    fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }
}

/// What was said on tickets: read from their conversations to what these hold.
fn said_on<E: EntityTrait>(
    backend: DbBackend,
    account: &AccountId,
    tickets: &BTreeSet<i64>,
    id: E::Column,
    place: E::Column,
) -> SelectStatement {
    use conversation::Column as V;
    let keys = tickets.iter().map(|number| vec![(*number).into()]);
    let mut these =
        find_by::<conversation::Entity>(backend, account.as_str(), &[V::TicketNumber], keys, None).select_only();
    let column = |column: E::Column| Expr::col(column.as_column_ref());
    let owner = Expr::col((E::default().into_iden(), Alias::new("account_id")));
    let held = Condition::all().add(owner.eq(account.as_str())).add(column(place).eq(Expr::col(V::Id.as_column_ref())));
    let query = QueryTrait::query(&mut these);
    query
        .expr_as(Expr::col(V::TicketNumber.as_column_ref()), Alias::new("number"))
        .expr_as(column(id), Alias::new("id"));
    if backend == DbBackend::Postgres {
        let of_one = Query::select().column(Asterisk).from(E::default()).cond_where(held).offset(0).to_owned();
        behind(query, of_one, E::default().into_iden());
    } else {
        query.join(in_order(backend), E::default().into_iden(), Condition::all()).cond_where(held);
    }
    query.to_owned()
}

/// As much of a text as is searched.
pub fn head_of(column: impl ColumnTrait) -> SimpleExpr {
    let length = i32::try_from(MAX_CHARACTERS).unwrap_or(i32::MAX);
    Func::cust("substr").arg(Expr::col(column.as_column_ref())).arg(1).arg(length).into()
}

/// Name and addresses of a contact, as they are searched and shown.
pub fn contact_text(name: &str, points: &str) -> String {
    let points: Vec<(String, String)> = serde_json::from_str(points).unwrap_or_default();
    let addresses = points.into_iter().map(|(_, value)| value).filter(|value| value != name);
    std::iter::once(name.to_owned()).chain(addresses).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Store, StoreOptions, migrate};

    // With 200,000 messages each batch of the follower took 200 ms: SQLite read them all and looked for their tickets.
    #[tokio::test]
    async fn sqlite_reads_what_was_said_on_few_tickets_from_their_conversations() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("plans.db").display());
        migrate(&url).await.expect("a schema");
        let store = Store::open(&StoreOptions::new(url), crate::clock::SystemClock::shared()).await.expect("opens");
        let account = AccountId::stored("acme");
        let these = BTreeSet::from([7]);
        let said = {
            use message::Column as M;
            said_on::<message::Entity>(DbBackend::Sqlite, &account, &these, M::Id, M::ConversationId)
        };
        let noted = {
            use comment::Column as N;
            said_on::<comment::Entity>(DbBackend::Sqlite, &account, &these, N::Id, N::ConversationId)
        };
        for query in [said, noted] {
            let plan = super::super::plan_of(&store, &query).await;
            assert!(plan.contains("ix_conversation_ticket (account_id=? AND ticket_number=?)"), "{plan}");
            assert!(plan.contains("(account_id=? AND conversation_id=?)"), "{plan}");
        }
    }
}
