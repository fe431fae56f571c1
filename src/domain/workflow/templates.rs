//! Workflows to begin with: the shape is there, what only the account knows is a placeholder.

use super::{Action, Definition, Step, StepKind, ValueArm};

/// A workflow to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its id, for ever.
    pub id: &'static str,
    /// Its name for people.
    pub display_name: &'static str,
    /// What it is for.
    pub summary: &'static str,
    /// What it does once it is filled in.
    pub definition: Definition,
}

/// The library.
pub fn library() -> Vec<Template> {
    vec![hand_off(), silence(), escalation()]
}

/// Those whose name or summary has every word, whatever the case; all of them without words.
pub fn search(words: &str) -> Vec<Template> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let fits = |template: &Template| {
        let text = format!("{} {}", template.display_name, template.summary).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    library().into_iter().filter(fits).collect()
}

/// Whether there is a template of this id.
pub fn is_known(id: &str) -> bool {
    library().iter().any(|template| template.id == id)
}

fn step(id: &str, next: Option<&str>, kind: StepKind) -> Step {
    Step { id: id.to_owned(), next: next.map(str::to_owned), note: String::new(), kind }
}

fn placeholder(text: &str) -> StepKind {
    StepKind::Act(Action::Placeholder(text.to_owned()))
}

/// Rotates the owner by the original channel.
fn hand_off() -> Template {
    let arm = |value: &str, next: &str| ValueArm { value: value.to_owned(), next: Some(next.to_owned()) };
    let arms = vec![
        arm("CHAT", "chat"),
        arm("EMAIL", "mail"),
        arm("FORM", "mail"),
        arm("WHATSAPP", "messages"),
        arm("CALLING", "calls"),
    ];
    let steps = vec![
        step("channel", Some("others"), StepKind::ByValue("source".to_owned(), arms)),
        step("chat", None, placeholder("Rotate the owner among the people who answer chats.")),
        step("mail", None, placeholder("Rotate the owner among the people who answer mails and forms.")),
        step("messages", None, placeholder("Rotate the owner among the people who answer messages.")),
        step("calls", None, placeholder("Rotate the owner among the people who call back.")),
        step("others", None, placeholder("Rotate the owner among everybody else.")),
    ];
    Template {
        id: "reassign-tickets-for-customer-agent-handoff",
        display_name: "Reassign Tickets for Customer Agent Handoff",
        summary: "Gives tickets that a customer agent hands off to people, in turn, by the original channel.",
        definition: Definition { steps, again: true, ..Definition::default() },
    }
}

/// Looks after tickets on which the contact is silent.
fn silence() -> Template {
    let steps = vec![
        step("wait", Some("remind"), StepKind::Delay(3 * 86_400)),
        step("remind", Some("wait-more"), placeholder("Send the contact a reminder.")),
        step("wait-more", Some("close"), StepKind::Delay(4 * 86_400)),
        step("close", None, placeholder("Set the closed status.")),
    ];
    Template {
        id: "close-silent-tickets",
        display_name: "Close Tickets Without an Answer",
        summary: "Reminds a contact who does not answer, and closes the ticket later.",
        definition: Definition { steps, ..Definition::default() },
    }
}

/// Tells a lead of urgent tickets.
fn escalation() -> Template {
    let steps = vec![
        step("tell", Some("give"), placeholder("Notify the person in charge.")),
        step("give", None, placeholder("Rotate the owner among the people for urgent tickets.")),
    ];
    let condition = "priority = URGENT".to_owned();
    Template {
        id: "escalate-urgent-tickets",
        display_name: "Escalate Urgent Tickets",
        summary: "Tells the person in charge of urgent tickets and gives them to those who take them.",
        definition: Definition { condition, steps, ..Definition::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // every template can be stored as it is and has something to be filled in.
    #[test]
    fn every_template_holds_together_and_has_placeholders() {
        for template in library() {
            assert_eq!(template.definition.broken(), None, "{}", template.id);
            assert!(!template.definition.unfilled().is_empty(), "{}", template.id);
            assert!(is_known(template.id));
        }
        let found: Vec<&str> = search("hAndoff  customer").into_iter().map(|template| template.id).collect();
        assert_eq!(found, ["reassign-tickets-for-customer-agent-handoff"]);
        assert_eq!((search("").len(), search("nothing of the kind").len()), (library().len(), 0));
    }
}
