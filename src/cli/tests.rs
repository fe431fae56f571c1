//! The command line as its user sees it.

use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};

use super::args::{AccountArgs, DemoArgs, HealthArgs, MailInArgs, MigrateArgs, ReplayArgs, ServeArgs, TokenArgs};
use super::*;
use crate::auth::{Bearer, KeyFiles};
use crate::domain::time::Timestamp;
use crate::ids::Ids;
use crate::settings::{Secret, Settings};

/// A command that is not registered yet, so that its arguments are tested all the same.
#[derive(Debug, clap::Parser)]
struct Planned {
    #[command(subcommand)]
    command: PlannedCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PlannedCommand {
    Serve(ServeArgs),
    Demo(DemoArgs),
    Migrate(MigrateArgs),
    Health(HealthArgs),
    Account(AccountArgs),
    MailIn(MailInArgs),
    Replay(ReplayArgs),
}

fn token_args(arguments: &[&str]) -> Result<TokenArgs, clap::Error> {
    let all = ["helpdesk", "token"].iter().chain(arguments);
    let cli = Cli::try_parse_from(all)?;
    match cli.command {
        Command::Token(args) => Ok(args),
        other => unreachable!("token was asked for, not {other:?}"),
    }
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
    Planned::command().debug_assert();
}

#[test]
fn settings_can_be_set_before_and_after_the_command() {
    let cli = Cli::try_parse_from(["helpdesk", "config", "--set", "limits.page_max=100", "--set", "mode=production"]);
    let global = cli.expect("valid").global;
    assert_eq!(global.set[0], ("limits.page_max".to_owned(), "100".to_owned()));
    assert!(Cli::try_parse_from(["helpdesk", "--config", "a.toml", "config"]).is_ok());
    assert!(Cli::try_parse_from(["helpdesk", "--set", "nothing", "config"]).is_err());
    let settings = global.settings_unchecked(vec![("limits.page_max".to_owned(), "150".to_owned())]).expect("readable");
    assert_eq!(settings.limits.page_max, 150, "a command's own flag wins over --set");
}

#[test]
fn flags_of_commands_stand_for_settings() {
    let parse = |arguments: &[&str]| Planned::try_parse_from(arguments).expect("valid").command;
    let PlannedCommand::Demo(demo) = parse(&["x", "demo", "--once", "--database-url", "sqlite::memory:"]) else {
        panic!("demo was asked for")
    };
    assert!(demo.once);
    assert_eq!(demo.serve.flags(), [("database.url".to_owned(), "sqlite::memory:".to_owned())]);
    let PlannedCommand::Serve(serve) = parse(&["x", "serve", "--listen", "[::1]:5"]) else {
        panic!("serve was asked for")
    };
    assert_eq!(serve.flags(), [("server.listen".to_owned(), "[::1]:5".to_owned())]);
    let PlannedCommand::Health(health) = parse(&["x", "health", "--timeout", "500ms"]) else {
        panic!("health was asked for")
    };
    assert_eq!((health.timeout, health.service.as_str()), (Duration::from_millis(500), ""));
}

#[test]
fn arguments_that_do_not_go_together_are_refused() {
    let refused: [&[&str]; 7] = [
        &["x", "replay"],
        &["x", "replay", "--file", "a.csv", "--mail", "b"],
        &["x", "replay", "--file", "a.csv", "--server", "http://h", "--database-url", "sqlite::memory:"],
        &["x", "replay", "--file", "a.csv", "--clients", "0"],
        &["x", "account", "create", "Not_An_Id"],
        &["x", "mail-in"],
        &["x", "health", "--timeout", "2"],
    ];
    for arguments in refused {
        assert!(Planned::try_parse_from(arguments).is_err(), "{arguments:?}");
    }
    for arguments in [
        [].as_slice(),
        &["--account", "acme"],
        &["--account", "acme", "--user", "Ada"],
        &["--operator", "--account", "acme"],
        &["--new-key", "--account", "acme", "--user", "ada"],
        &["--account", "acme", "--user", "ada", "--dir", "keys"],
        &["--account", "acme", "--user", "ada", "--life", "0s"],
    ] {
        assert!(token_args(arguments).is_err(), "{arguments:?}");
    }
}

#[test]
fn a_client_finds_the_service_of_its_settings() {
    let url = |server: Option<&str>, listen: &str, cert: Option<&str>| {
        let mut settings = Settings::defaults();
        settings.server.listen = listen.parse().expect("an address");
        settings.server.tls.cert = cert.map(Into::into);
        super::args::ConnectArgs { server: server.map(str::to_owned), token: None, ca: None }.url(&settings)
    };
    assert_eq!(url(None, "0.0.0.0:50051", None), "http://127.0.0.1:50051");
    assert_eq!(url(None, "[::]:443", Some("c.pem")), "https://[::1]:443");
    assert_eq!(url(Some("desk.example:50051"), "0.0.0.0:1", None), "http://desk.example:50051");
    assert_eq!(url(Some("https://desk.example"), "0.0.0.0:1", None), "https://desk.example");
}

#[test]
fn a_token_on_the_command_line_is_never_printed() {
    let arguments = ["x", "mail-in", "--channel", "accounts/a/channels/c", "--token", "hd_acme_k_secret"];
    let parsed = Planned::try_parse_from(arguments).expect("valid");
    assert!(!format!("{parsed:?}").contains("secret"), "{parsed:?}");
}

#[test]
fn a_new_key_pair_signs_tokens_that_its_key_set_verifies() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = Timestamp::from_micros(1_800_000_000_000_000);
    let mut settings = Settings { data_dir: folder.path().to_owned(), ..Settings::defaults() };
    for arguments in [["--new-key"].as_slice(), &["--new-key", "--operator"]] {
        let lines = token::new_key(&token_args(arguments).expect("valid"), &settings, &Ids::system()).expect("written");
        let parsed: toml::Table = toml::from_str(&lines).expect("TOML");
        let auth = parsed["auth"].as_table().expect("a section");
        let prefix = if arguments.len() == 2 { "operator_" } else { "" };
        let path = |key: &str| auth[&format!("{prefix}{key}")].as_str().map(Into::into);
        if prefix.is_empty() {
            (settings.auth.key_set, settings.auth.signing_key) = (path("key_set"), path("signing_key"));
        } else {
            (settings.auth.operator_key_set, settings.auth.operator_signing_key) =
                (path("key_set"), path("signing_key"));
        }
    }
    let verifier = KeyFiles::open(&settings).expect("usable").verifier();
    let mint =
        |arguments: &[&str]| token::mint(&token_args(arguments).expect("valid"), &settings, now).expect("signed");
    let claims = verifier.verify(&mint(&["--account", "acme", "--user", "ada", "--life", "2h"]), now).expect("genuine");
    assert!(matches!(claims.bearer, Bearer::User { account, .. } if account.as_str() == "acme"));
    assert_eq!(claims.expires, now.plus(Duration::from_hours(2)));
    let claims = verifier.verify(&mint(&["--operator"]), now).expect("genuine");
    assert_eq!(claims.bearer, Bearer::Operator { name: "operator".to_owned() });
}

#[test]
fn without_a_key_the_way_to_one_is_told() {
    let mut settings = Settings::defaults();
    let now = Timestamp::from_micros(0);
    let ada = token_args(&["--account", "acme", "--user", "ada"]).expect("valid");
    let error = token::mint(&ada, &settings, now).expect_err("no key");
    assert!(error.to_string().contains("helpdesk token --new-key") && error.exit_status() == 2, "{error}");
    settings.auth.hs256_secret = Secret::new("a shared secret of more than 32 bytes");
    assert!(token::mint(&ada, &settings, now).is_ok());
    let operator = token_args(&["--operator", "ops"]).expect("valid");
    assert!(token::mint(&operator, &settings, now).is_err(), "the shared secret never signs for operators");
    let long = token_args(&["--account", "acme", "--user", "ada", "--life", "25h"]).expect("valid");
    assert!(token::mint(&long, &settings, now).expect_err("too long").to_string().contains("at most 1d"));
    let missing = token_args(&["--operator", "--key", "/nowhere/key.pem"]).expect("valid");
    let error = token::mint(&missing, &settings, now).expect_err("no file");
    assert!(error.to_string().contains("/nowhere/key.pem") && error.exit_status() == 1, "{error}");
}
