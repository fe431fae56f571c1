//! The text of each hit that is shown: the one that counts most of those with a term of the query.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Alias, ExprTrait, Query, SelectStatement, SimpleExpr, WithClause};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend};
use uuid::Uuid;

use super::super::StoreError;
use super::super::dialect::among;
use super::super::rows::search_part;
use super::ask::{doc, has, kept, scan};
use super::find::{Hit, Seek, Shown};
use super::shown::text_of;
use super::words::Slot;
use crate::domain::links::{RecordKind, RecordRef};
use crate::domain::search::Field;
use crate::domain::ticket::Ticket;

/// Rows that are looked at for the best hits of a page.
const LOOKED_AT: u64 = 5_000;
/// On SQLite: the parts of the tickets that are shown.
const KNOWN: &str = "known";

impl Seek<'_> {
    /// Puts the best text of each hit to it.
    pub(super) async fn show(&self, db: &DatabaseTransaction, slot: Slot, hits: &mut [Hit]) -> Result<(), StoreError> {
        use search_part::Column as P;
        let backend = db.get_database_backend();
        let text = slot.any(backend, &self.query.wanted);
        let numbers = hits.iter().map(|hit| hit.ticket.number.0.into());
        let own = self.best(db, &text, among(backend, P::Number, numbers)).await?;
        let contacts: BTreeSet<Uuid> = hits.iter().flat_map(|hit| contacts_of(&hit.ticket)).collect();
        let theirs = P::Number.eq(0).and(among(backend, P::PartId, contacts.into_iter().map(Into::into)));
        let theirs = self.best(db, &text, theirs).await?;
        let best = |hit: &Hit| {
            let own = own.iter().filter(|part| part.0 == hit.ticket.number.0);
            let contacts: BTreeSet<Uuid> = contacts_of(&hit.ticket).collect();
            let theirs = theirs.iter().filter(|part| part.1 == Field::Contact && contacts.contains(&part.2));
            own.chain(theirs).max_by_key(|part| (part.1.weight(), part.2)).map(|part| (part.1, part.2))
        };
        let chosen: BTreeMap<i64, (Field, Uuid)> =
            hits.iter().filter_map(|hit| Some((hit.ticket.number.0, best(hit)?))).collect();
        let mut texts = text_of(db, self.account, chosen.values().copied()).await?;
        for hit in hits {
            let Some(&(field, id)) = chosen.get(&hit.ticket.number.0) else { continue };
            hit.shown = match field {
                Field::Subject => Some(Shown { field, source: None, text: hit.ticket.subject.clone() }),
                Field::Description => Some(Shown { field, source: None, text: hit.ticket.description.clone() }),
                // Not taken out: two tickets may have the same contact.
                Field::Contact => texts.get(&id).cloned(),
                Field::Message | Field::Comment => texts.remove(&id),
            };
        }
        Ok(())
    }

    /// Parts among `these` that have any of the terms.
    async fn best(
        &self,
        db: &DatabaseTransaction,
        text: &str,
        these: SimpleExpr,
    ) -> Result<Vec<(i64, Field, Uuid)>, StoreError> {
        let mut found = Vec::new();
        for row in db.query_all(&self.any_of(db.get_database_backend(), text, these)).await? {
            let field: String = row.try_get("", "field")?;
            if let Some(field) = Field::from_code(&field) {
                found.push((row.try_get("", "number")?, field, row.try_get("", "part_id")?));
            }
        }
        Ok(found)
    }

    pub(super) fn any_of(&self, backend: DbBackend, text: &str, these: SimpleExpr) -> SelectStatement {
        use search_part::Column as P;
        let columns = [P::Number, P::Field, P::PartId];
        let mut parts = Query::select();
        parts
            .columns(columns.map(|column| (search_part::Entity, column)))
            .from(search_part::Entity)
            .and_where(P::AccountId.eq(self.account.as_str()))
            .and_where(P::Field.is_in(self.fields.iter().map(|field| field.code())))
            .and_where(these);
        if backend == DbBackend::Sqlite {
            parts.expr_as(doc(), Alias::new("doc"));
            let known = WithClause::new().cte(kept(KNOWN, parts)).to_owned();
            return scan(KNOWN, text, &["number", "field", "part_id"]).with_cte(known).limit(LOOKED_AT).to_owned();
        }
        parts.and_where(has(text)).limit(LOOKED_AT).to_owned()
    }
}

fn contacts_of(ticket: &Ticket) -> impl Iterator<Item = Uuid> {
    ticket.records_of(RecordKind::Contact).map(RecordRef::uuid)
}
