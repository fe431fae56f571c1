//! Lines to paste into a shell: the running service with nothing but grpcurl.

use crate::settings::Secret;

/// What the lines are filled with.
#[derive(Debug, Clone)]
pub struct Shell<'a> {
    /// `HOST:PORT` of the service.
    pub server: &'a str,
    /// Name of the account.
    pub account: &'a str,
    /// Token of an agent.
    pub token: &'a Secret,
    /// Access key of a channel adapter.
    pub key: &'a Secret,
    /// Name of the customer agent.
    pub agent: &'a str,
    /// Access key of its runtime.
    pub agent_key: &'a Secret,
    /// Name of some ticket.
    pub ticket: &'a str,
}

impl Shell<'_> {
    /// The lines. They show credentials: of the demonstration, for one day, for whoever sees this terminal.
    pub fn lines(&self) -> String {
        let Self { server, account, agent, ticket, .. } = self;
        let (token, key, agent_key) = (self.token.expose(), self.key.expose(), self.agent_key.expose());
        let call = |method: &str, body: &str| {
            format!("grpcurl -plaintext -H \"$AGENT\" -d '{body}' $HELPDESK_SERVER helpdesk.v1.{method}\n")
        };
        let mut lines = format!(
            "export HELPDESK_SERVER={server}\n\
             export HELPDESK_ACCOUNT={account}\n\
             export HELPDESK_CHANNEL={account}/channels/chat\n\
             export HELPDESK_TOKEN={token}\n\
             export HELPDESK_KEY={key}\n\
             export HELPDESK_AGENT={agent}\n\
             export HELPDESK_AGENT_KEY={agent_key}\n\
             AGENT=\"authorization: Bearer $HELPDESK_TOKEN\"\n\
             grpcurl -plaintext $HELPDESK_SERVER list\n\
             grpcurl -plaintext $HELPDESK_SERVER describe helpdesk.v1.TicketService.AssignTicket\n"
        );
        let open = format!(r#"{{"parent": "{account}", "filter": "state = OPEN AND NOT owner:*"}}"#);
        lines += &call("TicketService/ListTickets", &open);
        lines += &call(
            "RoutingService/ExplainRouting",
            &format!(r#"{{"name": "{ticket}", "user": "{account}/users/lena"}}"#),
        );
        lines +=
            &call("TicketService/AssignTicket", &format!(r#"{{"name": "{ticket}", "owner": "{account}/users/zoe"}}"#));
        lines += &call(
            "EventService/WatchEvents",
            &format!(r#"{{"parent": "{account}", "startPoint": "START_POINT_OLDEST"}}"#),
        );
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_hold_everything_that_they_need() {
        let (token, key, agent_key) = (Secret::new("TOKEN"), Secret::new("KEY"), Secret::new("AGENT"));
        let shell = Shell {
            server: "127.0.0.1:1",
            account: "accounts/demo",
            token: &token,
            key: &key,
            agent: "accounts/demo/customerAgents/ava",
            agent_key: &agent_key,
            ticket: "accounts/demo/tickets/1",
        };
        let lines = shell.lines();
        assert!(lines.contains("export HELPDESK_TOKEN=TOKEN\n") && lines.contains("export HELPDESK_KEY=KEY\n"));
        assert!(lines.contains("export HELPDESK_AGENT_KEY=AGENT\n"));
        for line in lines.lines().filter(|line| line.contains(" -d '")) {
            let body = line.split('\'').nth(1).expect("a body");
            assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
        }
    }
}
