//! Every rpc of the contract has a test file: `tests/it/<service>/<rpc>.rs`.

use std::fs;
use std::path::Path;

use super::source::{names, root};

/// Rpcs whose tests stand elsewhere, as `Service/Rpc`, with the file that holds them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("ChannelService/CreateChannel", "tests/it/behavior/records.rs"),
    ("ChannelService/GetChannel", "tests/it/behavior/records.rs"),
    ("ChannelService/ListChannels", "tests/it/behavior/records.rs"),
    ("ChannelService/UpdateChannel", "tests/it/behavior/records.rs"),
    ("ChannelService/DeleteChannel", "tests/it/behavior/records.rs"),
    ("ChannelService/GetChannelRouting", "tests/it/behavior/records.rs"),
    ("ChannelService/UpdateChannelRouting", "tests/it/behavior/options.rs"),
    ("ChannelService/ListTicketChannels", "tests/it/channel/inbox.rs"),
    ("ConversationService/MoveToHelpDesk", "tests/it/channel/inbox.rs"),
    ("ContactService/GetContact", "tests/it/behavior/records.rs"),
    ("ContactService/ListContacts", "tests/it/behavior/records.rs"),
    ("ContactService/CreateContact", "tests/it/behavior/records.rs"),
    ("ContactService/UpdateContact", "tests/it/behavior/records.rs"),
    ("ContactService/DeleteContact", "tests/it/record/release.rs"),
    ("ContactService/IdentifyVisitor", "tests/it/behavior/owner_routing.rs"),
    ("ActivityService/GetActivity", "tests/it/record/activities.rs"),
    ("ActivityService/ListActivities", "tests/it/record/activities.rs"),
    ("ActivityService/CreateActivity", "tests/it/record/activities.rs"),
    ("ActivityService/UpdateActivity", "tests/it/record/activities.rs"),
    ("ActivityService/DeleteActivity", "tests/it/record/activities.rs"),
    ("ActivityService/ListTimeline", "tests/it/record/timeline.rs"),
    ("TicketService/GetTicketContext", "tests/it/record/context.rs"),
    ("ConversationService/GetConversationContext", "tests/it/record/context.rs"),
    ("CompanyService/GetCompany", "tests/it/record/companies.rs"),
    ("CompanyService/ListCompanies", "tests/it/record/companies.rs"),
    ("CompanyService/CreateCompany", "tests/it/record/companies.rs"),
    ("CompanyService/UpdateCompany", "tests/it/record/companies.rs"),
    ("CompanyService/DeleteCompany", "tests/it/record/companies.rs"),
    ("DealService/GetDeal", "tests/it/record/deals.rs"),
    ("DealService/ListDeals", "tests/it/record/deals.rs"),
    ("DealService/CreateDeal", "tests/it/record/deals.rs"),
    ("DealService/UpdateDeal", "tests/it/record/deals.rs"),
    ("DealService/DeleteDeal", "tests/it/record/deals.rs"),
    ("PipelineService/GetPipeline", "tests/it/behavior/records.rs"),
    ("PipelineService/ListPipelines", "tests/it/behavior/records.rs"),
    ("PipelineService/GetPipelineStatus", "tests/it/behavior/records.rs"),
    ("PipelineService/ListPipelineStatuses", "tests/it/behavior/records.rs"),
    ("PipelineService/CreatePipeline", "tests/it/pipeline/pipelines.rs"),
    ("PipelineService/UpdatePipeline", "tests/it/pipeline/pipelines.rs"),
    ("PipelineService/DeletePipeline", "tests/it/pipeline/deletion.rs"),
    ("PipelineService/ReorderPipelines", "tests/it/pipeline/pipelines.rs"),
    ("PipelineService/CreatePipelineStatus", "tests/it/pipeline/statuses.rs"),
    ("PipelineService/UpdatePipelineStatus", "tests/it/pipeline/statuses.rs"),
    ("PipelineService/DeletePipelineStatus", "tests/it/pipeline/deletion.rs"),
    ("PipelineService/ReorderPipelineStatuses", "tests/it/pipeline/statuses.rs"),
    ("PipelineService/GetPipelineAutomation", "tests/it/pipeline/close_dates.rs"),
    ("PipelineService/UpdatePipelineAutomation", "tests/it/pipeline/close_dates.rs"),
    ("PipelineService/GetStatusAction", "tests/it/pipeline/actions.rs"),
    ("PipelineService/ListStatusActions", "tests/it/pipeline/actions.rs"),
    ("PipelineService/CreateStatusAction", "tests/it/pipeline/actions.rs"),
    ("PipelineService/UpdateStatusAction", "tests/it/pipeline/actions.rs"),
    ("PipelineService/DeleteStatusAction", "tests/it/pipeline/actions.rs"),
    ("PipelineService/ReorderStatusActions", "tests/it/pipeline/actions.rs"),
    ("PipelineService/InspectPipelineAutomation", "tests/it/pipeline/actions.rs"),
    ("RoutingService/RouteTicket", "tests/it/routing/queue.rs"),
    ("RoutingService/ListQueueEntries", "tests/it/routing/queue.rs"),
    ("RoutingService/GetQueuePosition", "tests/it/routing/queue.rs"),
    ("RoutingService/ListStuckTickets", "tests/it/routing/queue.rs"),
    ("RoutingService/ListWorkloads", "tests/it/routing/capacity.rs"),
    ("CustomerAgentService/GetCustomerAgent", "tests/it/customer_agent/agents.rs"),
    ("CustomerAgentService/ListCustomerAgents", "tests/it/customer_agent/agents.rs"),
    ("CustomerAgentService/CreateCustomerAgent", "tests/it/customer_agent/agents.rs"),
    ("CustomerAgentService/UpdateCustomerAgent", "tests/it/customer_agent/agents.rs"),
    ("CustomerAgentService/DeleteCustomerAgent", "tests/it/customer_agent/agents.rs"),
    ("CustomerAgentService/PauseCustomerAgent", "tests/it/customer_agent/agents.rs"),
    ("CustomerAgentService/ResumeCustomerAgent", "tests/it/customer_agent/agents.rs"),
    ("HandoffService/GetHandoffPolicy", "tests/it/handoff/policies.rs"),
    ("HandoffService/UpdateHandoffPolicy", "tests/it/handoff/policies.rs"),
    ("HandoffService/RequestHandoff", "tests/it/handoff/requests.rs"),
    ("HandoffService/GetHandoff", "tests/it/handoff/reading.rs"),
    ("HandoffService/ListHandoffs", "tests/it/handoff/reading.rs"),
    ("HandoffService/WatchHandoffs", "tests/it/handoff/watching.rs"),
    ("HandoffService/CheckHandoff", "tests/it/handoff/promises.rs"),
    ("HandoffService/AcceptHandoff", "tests/it/handoff/people.rs"),
    ("HandoffService/DeclineHandoff", "tests/it/handoff/people.rs"),
    ("HandoffService/CancelHandoff", "tests/it/handoff/people.rs"),
    ("HandoffService/TransferHandoff", "tests/it/handoff/people.rs"),
    ("HandoffService/CompleteHandoff", "tests/it/handoff/people.rs"),
    ("HandoffService/ReturnHandoff", "tests/it/handoff/giving.rs"),
    ("HandoffService/GetHandoffTriggers", "tests/it/handoff/update_handoff_triggers.rs"),
    ("SkillService/GetSkill", "tests/it/skill/skills.rs"),
    ("SkillService/ListSkills", "tests/it/skill/skills.rs"),
    ("SkillService/CreateSkill", "tests/it/skill/skills.rs"),
    ("SkillService/UpdateSkill", "tests/it/skill/skills.rs"),
    ("SkillService/DeleteSkill", "tests/it/skill/skills.rs"),
    ("SkillService/AssignSkills", "tests/it/skill/skills.rs"),
    ("SkillService/ListSkillUses", "tests/it/skill/skills.rs"),
    ("UserService/GetWorkSchedule", "tests/it/user/work_schedule.rs"),
    ("UserService/SetWorkSchedule", "tests/it/user/work_schedule.rs"),
    ("CallService/RouteCall", "tests/it/call/calls.rs"),
    ("CallService/AnswerCall", "tests/it/call/calls.rs"),
    ("CallService/EndCall", "tests/it/call/calls.rs"),
    ("CallService/GetCall", "tests/it/call/calls.rs"),
    ("RoutingService/SimulateRouting", "tests/it/routing/simulate.rs"),
    ("RoutingService/ReplayRouting", "tests/it/routing/replay.rs"),
    ("RoutingService/CheckRouting", "tests/it/routing/check.rs"),
    ("ChannelService/GetRoutingVersion", "tests/it/channel/versions.rs"),
    ("ChannelService/ListRoutingVersions", "tests/it/channel/versions.rs"),
    ("ChannelService/CreateRoutingDraft", "tests/it/channel/versions.rs"),
    ("ChannelService/ActivateRoutingVersion", "tests/it/channel/versions.rs"),
    ("RoutingService/GetRoutingDecision", "tests/it/behavior/records.rs"),
    ("RoutingService/ListRoutingDecisions", "tests/it/behavior/records.rs"),
    ("RoutingService/ExplainRouting", "tests/it/behavior/records.rs"),
    ("TicketService/GetTicket", "tests/it/behavior/access.rs"),
    ("TicketService/AssignTicket", "tests/it/behavior/assignment.rs"),
    ("TicketService/CloseTicket", "tests/it/behavior/status.rs"),
    ("TicketService/ReopenTicket", "tests/it/behavior/status.rs"),
    ("TicketService/UnassignTicket", "tests/it/behavior/records.rs"),
    ("TicketService/ChangeTicketStatus", "tests/it/behavior/records.rs"),
    ("TicketService/FollowTicket", "tests/it/ticket/follow.rs"),
    ("TicketService/UnfollowTicket", "tests/it/ticket/follow.rs"),
    ("TicketService/ListTicketFollowers", "tests/it/ticket/follow.rs"),
    ("TicketService/ShareTicket", "tests/it/ticket/share.rs"),
    ("TicketService/UnshareTicket", "tests/it/ticket/share.rs"),
    ("TicketService/ListTicketShares", "tests/it/ticket/share.rs"),
    ("TicketService/AssociateTicket", "tests/it/record/associations.rs"),
    ("TicketService/DissociateTicket", "tests/it/record/associations.rs"),
    ("TicketService/SplitTicket", "tests/it/ticket/split.rs"),
    ("TicketService/MergeTickets", "tests/it/ticket/merge.rs"),
    ("TicketService/MoveTicket", "tests/it/ticket/relocate.rs"),
    ("TicketService/DeleteTicket", "tests/it/ticket/delete.rs"),
    ("TicketService/UndeleteTicket", "tests/it/ticket/delete.rs"),
    ("TicketService/ExpungeTicket", "tests/it/ticket/delete.rs"),
    ("TicketService/MarkTicketSpam", "tests/it/ticket/spam.rs"),
    ("TicketService/UnmarkTicketSpam", "tests/it/ticket/spam.rs"),
    ("TicketService/BatchGetTickets", "tests/it/ticket/batch.rs"),
    ("TicketService/BatchUpdateTickets", "tests/it/ticket/batch.rs"),
    ("TicketService/BatchAssignTickets", "tests/it/ticket/batch.rs"),
    ("TicketService/BatchDeleteTickets", "tests/it/ticket/batch.rs"),
    ("TicketService/SearchTickets", "tests/it/search/queries.rs"),
    ("ConversationService/SendMessage", "tests/it/conversation/replies.rs"),
    ("ConversationService/CreateComment", "tests/it/conversation/replies.rs"),
    ("ConversationService/GetConversation", "tests/it/conversation/reading.rs"),
    ("ConversationService/ListConversations", "tests/it/conversation/reading.rs"),
    ("ConversationService/ListThreads", "tests/it/conversation/reading.rs"),
    ("ConversationService/GetMessage", "tests/it/conversation/reading.rs"),
    ("ConversationService/ListMessages", "tests/it/conversation/reading.rs"),
    ("ConversationService/ListComments", "tests/it/conversation/reading.rs"),
    ("ConversationService/GetComment", "tests/it/conversation/comments.rs"),
    ("ConversationService/UpdateComment", "tests/it/conversation/comments.rs"),
    ("ConversationService/DeleteComment", "tests/it/conversation/comments.rs"),
    ("NotificationService/GetNotification", "tests/it/notification/reading.rs"),
    ("NotificationService/ListNotifications", "tests/it/notification/reading.rs"),
    ("NotificationService/MarkNotificationsRead", "tests/it/notification/reading.rs"),
    ("NotificationService/GetNotificationSettings", "tests/it/notification/reading.rs"),
    ("NotificationService/UpdateNotificationSettings", "tests/it/notification/reading.rs"),
    ("NotificationService/WatchNotifications", "tests/it/notification/stream.rs"),
    ("ConversationService/ReopenThread", "tests/it/conversation/close_thread.rs"),
    ("ConversationService/SaveDraft", "tests/it/conversation/drafts.rs"),
    ("ConversationService/GetDraft", "tests/it/conversation/drafts.rs"),
    ("ConversationService/ListDrafts", "tests/it/conversation/drafts.rs"),
    ("ConversationService/DeleteDraft", "tests/it/conversation/drafts.rs"),
    ("TicketViewService/GetTicketView", "tests/it/ticket_view/views.rs"),
    ("TicketViewService/ListTicketViews", "tests/it/ticket_view/views.rs"),
    ("TicketViewService/CreateTicketView", "tests/it/ticket_view/views.rs"),
    ("TicketViewService/UpdateTicketView", "tests/it/ticket_view/views.rs"),
    ("TicketViewService/DeleteTicketView", "tests/it/ticket_view/views.rs"),
    ("TicketViewService/CountTicketViews", "tests/it/ticket_view/views.rs"),
    ("TicketService/ListTicketChanges", "tests/it/ticket/history.rs"),
    ("TicketService/WatchTicket", "tests/it/ticket/watch.rs"),
    ("ConversationService/WatchConversation", "tests/it/conversation/watch.rs"),
    ("TicketPropertyService/GetTicketProperty", "tests/it/ticket_property/properties.rs"),
    ("TicketPropertyService/ListTicketProperties", "tests/it/ticket_property/properties.rs"),
    ("TicketPropertyService/CreateTicketProperty", "tests/it/ticket_property/properties.rs"),
    ("TicketPropertyService/UpdateTicketProperty", "tests/it/ticket_property/properties.rs"),
    ("TicketPropertyService/DeleteTicketProperty", "tests/it/ticket_property/properties.rs"),
    ("TicketPropertyService/GetTicketForm", "tests/it/ticket_property/form.rs"),
    ("TicketPropertyService/UpdateTicketForm", "tests/it/ticket_property/form.rs"),
    ("ContentService/GetTextBlock", "tests/it/content/text_blocks.rs"),
    ("ContentService/ListTextBlocks", "tests/it/content/text_blocks.rs"),
    ("ContentService/CreateTextBlock", "tests/it/content/text_blocks.rs"),
    ("ContentService/UpdateTextBlock", "tests/it/content/text_blocks.rs"),
    ("ContentService/DeleteTextBlock", "tests/it/content/text_blocks.rs"),
    ("ContentService/RenderTextBlock", "tests/it/content/render_text_block.rs"),
    ("IngressService/ReportDelivery", "tests/it/ingress/outbound.rs"),
    ("IngressService/PullOutbound", "tests/it/ingress/outbound.rs"),
    ("WorkflowService/GetWorkflow", "tests/it/workflow/workflows.rs"),
    ("WorkflowService/ListWorkflows", "tests/it/workflow/workflows.rs"),
    ("WorkflowService/CreateWorkflow", "tests/it/workflow/workflows.rs"),
    ("WorkflowService/UpdateWorkflow", "tests/it/workflow/workflows.rs"),
    ("WorkflowService/DeleteWorkflow", "tests/it/workflow/workflows.rs"),
    ("WorkflowService/TurnOnWorkflow", "tests/it/workflow/workflows.rs"),
    ("WorkflowService/TurnOffWorkflow", "tests/it/workflow/workflows.rs"),
    ("WorkflowService/TestWorkflow", "tests/it/workflow/runs.rs"),
    ("WorkflowService/SearchWorkflowTemplates", "tests/it/workflow/steps.rs"),
    ("WorkflowService/EnrollTicket", "tests/it/workflow/runs.rs"),
    ("WorkflowService/GetWorkflowRun", "tests/it/workflow/runs.rs"),
    ("WorkflowService/ListWorkflowRuns", "tests/it/workflow/runs.rs"),
    ("WorkflowService/CancelWorkflowRun", "tests/it/workflow/runs.rs"),
    ("WorkflowService/RotateWebhookSecret", "tests/it/workflow/webhooks.rs"),
    ("EventService/GetEvent", "tests/it/event/list_events.rs"),
    ("EventService/GetResumeToken", "tests/it/event/list_events.rs"),
];

/// Rpcs whose tests are still to be written, as `Service/Rpc` or `Service/*`. To be emptied.
const PENDING: &[&str] = &[];

/// An rpc of our contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rpc {
    pub service: String,
    pub name: String,
}

/// All rpcs that `proto/` declares.
pub fn served() -> Vec<Rpc> {
    let mut files = Vec::new();
    collect(&root().join("proto"), &mut files);
    files.iter().flat_map(|text| declared(text)).collect()
}

/// Rpcs without tests.
pub fn findings(rpcs: &[Rpc]) -> Vec<String> {
    let missing = rpcs.iter().filter(|rpc| !is_pending(PENDING, rpc) && !is_tested(&root(), ELSEWHERE, rpc));
    missing.map(|rpc| format!("{} has no tests: expected {}", rpc.full(), rpc.test_file())).collect()
}

impl Rpc {
    fn full(&self) -> String {
        format!("{}/{}", self.service, self.name)
    }

    /// `TicketService/CreateTicket` is tested in `tests/it/ticket/create_ticket.rs`.
    fn test_file(&self) -> String {
        format!("tests/it/{}/{}.rs", snake(self.service.trim_end_matches("Service")), snake(&self.name))
    }
}

fn collect(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            into.push(fs::read_to_string(path).expect("readable text"));
        }
    }
}

/// The rpcs of one file; a declaration begins its line.
fn declared(text: &str) -> Vec<Rpc> {
    let mut service = String::new();
    let mut found = Vec::new();
    for line in text.lines().map(str::trim_start) {
        let word = |keyword: &str| names(line.strip_prefix(keyword)?).into_iter().next().map(|name| name.text);
        if let Some(name) = word("service ") {
            service = name;
        } else if let Some(name) = word("rpc ") {
            found.push(Rpc { service: service.clone(), name });
        }
    }
    found
}

fn is_pending(pending: &[&str], rpc: &Rpc) -> bool {
    pending.iter().any(|it| *it == rpc.full() || *it == format!("{}/*", rpc.service))
}

/// Whether the test file exists, is part of the test program, and holds tests.
fn is_tested(root: &Path, elsewhere: &[(&str, &str)], rpc: &Rpc) -> bool {
    let named = elsewhere.iter().find(|(it, _)| *it == rpc.full()).map(|(_, file)| (*file).to_owned());
    let file = root.join(named.unwrap_or_else(|| rpc.test_file()));
    let text = fs::read_to_string(&file).unwrap_or_default();
    (text.contains("#[test]") || text.contains("#[tokio::test") || text.contains("both_engines!(")) && is_linked(&file)
}

/// Whether the folder's module declares the file.
fn is_linked(file: &Path) -> bool {
    let (Some(folder), Some(name)) = (file.parent(), file.file_stem()) else { return false };
    let line = format!("mod {};", name.to_string_lossy());
    let heads = [folder.join("mod.rs"), folder.join("main.rs"), folder.with_extension("rs")];
    heads.iter().any(|head| fs::read_to_string(head).unwrap_or_default().contains(&line))
}

/// `CreateTicket` as `create_ticket`.
fn snake(camel: &str) -> String {
    let mut out = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTO: &str = "// service Old { rpc Gone }\nservice TicketService {\n  // GetTicket reads.\n  rpc GetTicket(A) returns (B);\n}\n";

    #[test]
    fn rpcs_are_read_from_the_contract() {
        let found = declared(PROTO);
        assert_eq!(found, [Rpc { service: "TicketService".to_owned(), name: "GetTicket".to_owned() }]);
        assert_eq!(found[0].test_file(), "tests/it/ticket/get_ticket.rs");
        assert!(is_pending(&["TicketService/*"], &found[0]) && !is_pending(&["TicketService/List"], &found[0]));
    }

    #[test]
    fn a_test_file_counts_when_it_is_linked_and_holds_tests() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tests = folder.path().join("tests/it/ticket");
        fs::create_dir_all(&tests).expect("a new folder");
        let rpc = &declared(PROTO)[0];
        let tested = || is_tested(folder.path(), &[], rpc);
        assert!(!tested());
        fs::write(tests.join("get_ticket.rs"), "#[tokio::test]\nasync fn works() {}").expect("written");
        assert!(!tested(), "nobody declares the module");
        fs::write(tests.join("mod.rs"), "mod get_ticket;").expect("written");
        assert!(tested());
    }
}
