//! Payloads are right before they leave: every rule, over every input.

mod corpus;

use anaplan_sdk::models::cloud_works::*;
use anaplan_sdk::models::flows::*;
use anaplan_sdk::validation::{Input, ProblemKind, ValidationError, Warning, WarningKind};
use corpus::{bad_payloads, good_payloads};
use jiff::Timestamp;
use jiff::civil::{Weekday, date, time};
use serde_json::{Value, json};

/// Runs a dictionary through the input type of that name: what is sent, and the warnings.
fn check(input: &str, payload: &Value) -> Result<(Value, Vec<Warning>), ValidationError> {
    fn as_input<I: Input>(payload: &Value) -> Result<(Value, Vec<Warning>), ValidationError> {
        let (input, warnings) = I::from_json(payload)?;
        let sent = serde_json::to_value(&input).unwrap();
        // What was taken as a dictionary is as good a typed value.
        assert_eq!(input.validate().unwrap(), warnings);
        assert_eq!(serde_json::to_value(I::from_json(&sent)?.0).unwrap(), sent);
        Ok((sent, warnings))
    }
    macro_rules! dispatch {
        ($($name:ident)*) => {
            match input {
                $(stringify!($name) => as_input::<$name>(payload),)*
                other => panic!("no input is called {other}"),
            }
        };
    }
    dispatch! {
        ConnectionInput ConnectionBodyInput ConnectionPatch ServiceAccountKey
        AmazonS3ConnectionInput AzureBlobConnectionInput GoogleBigQueryConnectionInput
        IntegrationInput IntegrationProcessInput IntegrationJobInput
        ScheduleInput NotificationConfigInput FlowInput FlowStepInput
    }
}

fn check_good(input: &str, name: &str) -> (Value, Vec<Warning>) {
    let good = good_payloads();
    check(input, &good[input][name]).unwrap_or_else(|error| panic!("{input} {name}:\n{error}"))
}

#[test]
fn bad_payloads_draw_exactly_their_problems() {
    let cases = bad_payloads();
    assert!(cases.len() >= 150, "only {} cases", cases.len());
    let mut failures = String::new();
    for case in &cases {
        let found = match check(case.input, &case.payload) {
            Ok(_) => Vec::new(),
            Err(error) => {
                let problem = |p: &anaplan_sdk::validation::Problem| {
                    format!("{:?} {}: {}", p.kind, p.path, p.message)
                };
                error.problems.iter().map(problem).collect()
            }
        };
        if found != case.problems {
            failures += &format!("line {}\n  {}\n", case.line, found.join("\n  "));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_input_and_every_kind_of_problem_is_covered() {
    use ProblemKind::*;
    let cases = bad_payloads();
    for kind in [
        MissingField,
        UnknownField,
        SnakeCaseField,
        DuplicateField,
        ReadOnlyField,
        WrongType,
        UnknownValue,
        BadFormat,
        Empty,
        OutOfRange,
        WrongCount,
        Conflict,
    ] {
        let kind = format!("{kind:?} ");
        assert!(
            cases
                .iter()
                .any(|case| case.problems.iter().any(|p| p.starts_with(&kind))),
            "{kind}"
        );
    }
    for input in good_payloads().as_object().unwrap().keys() {
        assert!(cases.iter().any(|case| case.input == input), "{input}");
    }
}

#[test]
fn no_problem_quotes_a_secret() {
    for case in bad_payloads() {
        if let Err(error) = check(case.input, &case.payload) {
            assert!(
                !format!("{error} {error:?}").contains("topsecret"),
                "line {}",
                case.line
            );
        }
    }
}

#[test]
fn good_payloads_draw_none() {
    for (input, payloads) in good_payloads().as_object().unwrap() {
        for (name, payload) in payloads.as_object().unwrap() {
            let (_, warnings) =
                check(input, payload).unwrap_or_else(|error| panic!("{input} {name}:\n{error}"));
            let warnings: Vec<_> = warnings.iter().map(|w| w.kind).collect();
            let expected: &[_] = match (input.as_str(), name.as_str()) {
                ("IntegrationInput", "import") => &[WarningKind::UnusualId],
                // As the vendor's guide has it, whose help asks for more.
                _ if payload.to_string().contains("sp=rl") => &[WarningKind::MissingRights],
                // It ended in 2020.
                ("ScheduleInput", "weekly") => &[],
                _ if payload.to_string().contains("Europe/Paris")
                    || payload.to_string().contains("America/New_York") =>
                {
                    &[WarningKind::ClockChange]
                }
                _ => &[],
            };
            assert_eq!(warnings, expected, "{input} {name}");
        }
    }
}

#[test]
fn a_good_payload_is_sent_as_the_service_wants_it() {
    let good = good_payloads();
    // Unchanged.
    for (input, name) in [
        ("IntegrationInput", "import"),
        ("IntegrationInput", "process"),
        ("ConnectionInput", "s3"),
        ("ConnectionInput", "bigquery"),
        ("FlowInput", "flow"),
        ("NotificationConfigInput", "one"),
        ("ScheduleInput", "hourly"),
        ("ScheduleInput", "daily"),
        ("ScheduleInput", "weekly"),
        ("ScheduleInput", "monthly"),
        ("ScheduleInput", "relative"),
        ("ConnectionBodyInput", "azure"),
    ] {
        assert_eq!(
            check_good(input, name).0,
            good[input][name],
            "{input} {name}"
        );
    }
    // With the defaults filled in.
    let mut expected = good["ConnectionInput"]["azure"].clone();
    expected["body"]["authMethod"] = "SAS-based".into();
    assert_eq!(check_good("ConnectionInput", "azure").0, expected);
    let mut expected = good["IntegrationInput"]["process_only"].clone();
    expected["nuxVisible"] = false.into();
    assert_eq!(check_good("IntegrationInput", "process_only").0, expected);
    assert_eq!(
        check_good("FlowStepInput", "step").0,
        json!({
            "type": "Integration",
            "referrer": "a",
            "isSkipped": false,
            "exceptionBehavior": [
                {"type": "failure", "strategy": "stop"},
                {"type": "partial_success", "strategy": "continue"},
            ],
        }),
    );
    // Google's key in the service's spelling.
    assert_eq!(
        check_good("ConnectionInput", "bigquery_google").0,
        good["ConnectionInput"]["bigquery"],
    );
    // Numbers as text.
    let sent = check_good("IntegrationInput", "numbers").0;
    assert_eq!(sent["jobs"][0]["targets"][0]["actionId"], "112000000001");
    // Without its wrapper.
    assert_eq!(
        check_good("ConnectionBodyInput", "wrapped").0,
        good["ConnectionBodyInput"]["s3"]
    );
    assert_eq!(
        check_good("ConnectionPatch", "wrapped").0,
        json!({"containerName": "raw"})
    );
    assert_eq!(
        check_good("ScheduleInput", "wrapped").0,
        good["ScheduleInput"]["wrapped"]["schedule"]
    );
}

#[test]
fn a_payload_file_may_name_its_schema() {
    let mut payload = good_payloads()["ConnectionInput"]["s3"].clone();
    payload["$schema"] = "ConnectionInput.json".into();
    let (sent, _) = check("ConnectionInput", &payload).unwrap();
    assert_eq!(sent, good_payloads()["ConnectionInput"]["s3"]);
}

#[test]
fn null_is_as_good_as_nothing_for_an_optional_field() {
    let mut payload = good_payloads()["IntegrationInput"]["process"].clone();
    payload["nuxVisible"] = Value::Null;
    payload["jobs"][0]["mapping"] = Value::Null;
    let (sent, _) = check("IntegrationInput", &payload).unwrap();
    assert_eq!(sent, good_payloads()["IntegrationInput"]["process"]);
}

/// What a payload draws, as lines of kind, path and message. Changes of clocks have their own test.
fn warnings(input: &str, payload: &Value) -> Vec<String> {
    let (_, warnings) = check(input, payload).unwrap();
    warnings
        .iter()
        .filter(|w| w.kind != WarningKind::ClockChange)
        .map(|w| format!("{:?} {}: {}", w.kind, w.path, w.message))
        .collect()
}

#[test]
fn ids_of_the_wrong_kind_draw_a_warning() {
    let good = good_payloads();
    assert_eq!(
        warnings("IntegrationInput", &good["IntegrationInput"]["import"]),
        ["UnusualId jobs[0].targets[0].fileId: looks like an import, expected a file (113…)"],
    );
    let mut import = good["IntegrationInput"]["numbers"].clone();
    import["jobs"][0]["targets"][0] =
        json!({"type": "Anaplan", "actionId": 116000000001_u64, "fileId": "abc"});
    import["processId"] = 117000000001_u64.into();
    assert_eq!(
        warnings("IntegrationInput", &import),
        [
            "UnusualId jobs[0].targets[0].actionId: looks like an export, expected an import (112…)",
            "UnusualId jobs[0].targets[0].fileId: does not look like a file (113…, twelve digits)",
            "UnusualId processId: looks like an action, expected a process (118…)",
        ],
    );
    let mut export = good["IntegrationInput"]["export_s3"].clone();
    export["jobs"][0]["sources"][0]["actionId"] = "112000000001".into();
    assert_eq!(
        warnings("IntegrationInput", &export),
        ["UnusualId jobs[0].sources[0].actionId: looks like an import, expected an export (116…)"],
    );
}

#[test]
fn schedules_that_surprise_draw_a_warning() {
    let good = good_payloads();
    let with = |name: &str, field: &str, value: Value| {
        let mut schedule = good["ScheduleInput"][name].clone();
        schedule[field] = value;
        warnings("ScheduleInput", &schedule)
    };
    for day in [29, 30, 31] {
        let message = format!(
            "ShortMonth dayOfMonth: some months have no day {day}: the schedule passes over them"
        );
        assert_eq!(with("monthly", "dayOfMonth", day.into()), [message]);
    }
    assert!(with("monthly", "dayOfMonth", 28.into()).is_empty());
    assert_eq!(
        with("relative", "repeatEvery", 5.into()),
        [
            "ShortMonth repeatEvery: some months have no fifth such day: the schedule passes over them"
        ],
    );
    assert_eq!(
        with("hourly", "repeatEvery", 24.into()),
        ["NoEffect repeatEvery: a day has no second run after 24 hours"],
    );
    assert_eq!(
        with("weekly", "daysOfWeek", json!([1, 2, 1])),
        ["Repeated daysOfWeek[2]: this day is here twice"],
    );
    if !jiff::tz::db().is_definitively_empty() {
        assert_eq!(
            with("daily", "timezone", "Europe/Atlantis".into()),
            ["UnknownTimeZone timezone: not a known IANA time zone, such as `Europe/Paris`"],
        );
    }
}

#[test]
fn what_is_there_twice_draws_a_warning() {
    let good = good_payloads();
    let mut flow = good["FlowInput"]["short"].clone();
    flow["steps"][2]["referrer"] = "a".into();
    flow["steps"][2]["dependsOn"] = json!(["b", "b"]);
    flow["steps"][0]["exceptionBehavior"] = json!([{"type": "failure", "strategy": "stop"}, {"type": "failure", "strategy": "continue"}]);
    assert_eq!(
        warnings("FlowInput", &flow),
        [
            "Repeated steps[0].exceptionBehavior[1]: what to do in this case is here twice",
            "Repeated steps[2].dependsOn[1]: this step is here twice",
            "Repeated steps[2].referrer: the same integration as steps[0]",
        ],
    );
    let mut notification = good["NotificationConfigInput"]["one"].clone();
    notification["channels"] = json!(["email", "email"]);
    notification["notifications"]["config"][1]["users"] = json!(["u1", "u1"]);
    assert_eq!(
        warnings("NotificationConfigInput", &notification),
        [
            "Repeated notifications.config[1].users[1]: this user is here twice",
            "Repeated channels[1]: this channel is here twice",
        ],
    );
    notification["channels"] = json!([]);
    notification["notifications"]["config"][1]["users"] = json!(["u1"]);
    assert_eq!(
        warnings("NotificationConfigInput", &notification),
        ["NoEffect channels: without a channel, nobody is notified"],
    );
    let mut export = good["IntegrationInput"]["export_bigquery"].clone();
    export["jobs"][0]["mapping"][1]["targetName"] = "a".into();
    assert_eq!(
        warnings("IntegrationInput", &export),
        ["Repeated jobs[0].mapping[1].targetName: this column is filled twice"],
    );
}

#[test]
fn a_token_near_its_end_draws_a_warning() {
    let now: Timestamp = "2026-05-10T12:00:00Z".parse().unwrap();
    let ends = |end: &str| {
        let body = AzureBlobConnectionInput::builder()
            .name("n")
            .storage_account_name("a")
            .container_name("c")
            .sas_token(format!("?sv=2024-11-04&se={end}&sp=rwl&sig=topsecret"))
            .build();
        let typed = ConnectionInput::from(body).validate_at(now).unwrap();
        let patch = json!({"sasToken": format!("se={end}&sig=topsecret")});
        let (_, patched) = ConnectionPatch::from_json_at(&patch, now).unwrap();
        assert_eq!(typed.len(), patched.len());
        assert!(!format!("{typed:?}{patched:?}").contains("topsecret"));
        assert!(
            typed
                .iter()
                .all(|w| w.kind == WarningKind::Expiry && w.path == "body.sasToken")
        );
        typed.into_iter().map(|warning| warning.message).next()
    };
    assert_eq!(
        ends("2026-05-10T11:59:59Z").unwrap(),
        "the token expired at 2026-05-10T11:59:59Z"
    );
    assert_eq!(
        ends("2026-05-10T12%3A00%3A00Z").unwrap(),
        "the token expired at 2026-05-10T12:00:00Z"
    );
    assert_eq!(
        ends("2026-05-10").unwrap(),
        "the token expired at 2026-05-10T00:00:00Z"
    );
    assert_eq!(
        ends("2026-05-17T12:00:00Z").unwrap(),
        "the token expires at 2026-05-17T12:00:00Z"
    );
    assert_eq!(ends("2026-05-17T12:00:01Z"), None);
    assert_eq!(ends("soon"), None);
}

/// Typed values are held to the same rules, as far as they can break them at all.
#[test]
fn typed_inputs_are_checked_alike() {
    let problems = |result: Result<Vec<Warning>, ValidationError>| result.unwrap_err().to_string();

    let s3 = AmazonS3ConnectionInput::builder()
        .name("")
        .access_key_id("A")
        .secret_access_key("")
        .bucket_name("b")
        .build();
    assert_eq!(
        problems(ConnectionInput::from(s3).validate()),
        "body.name: must not be empty\nbody.secretAccessKey: must not be empty",
    );
    assert_eq!(
        problems(ConnectionPatch::azure_blob().build().validate()),
        "expected at least one field to change",
    );

    let mut integration = IntegrationInput::builder()
        .name("n")
        .workspace_id("w")
        .model_id("m")
        .build();
    assert_eq!(
        problems(integration.validate()),
        "jobs: field required without a `processId`"
    );
    integration.process_id = Some(118000000012.into());
    assert!(integration.validate().unwrap().is_empty());

    let source = AnaplanSource::builder().action_id(116000000001).build();
    let target = TableTarget::builder().connection_id("c").table("t").build();
    let unmapped = IntegrationJobInput::export_table(source, target, []);
    assert_eq!(
        problems(unmapped.validate()),
        "mapping: field required for `AnaplanToGoogleBigQuery`"
    );

    let hourly = ScheduleInput::hourly()
        .name("s")
        .timezone("UTC")
        .start_date(date(2026, 1, 2))
        .end_date(date(2026, 1, 1))
        .repeat_every(25)
        .from_time(time(12, 0, 0, 0))
        .to_time(time(11, 0, 30, 0))
        .days_of_week([])
        .build();
    assert_eq!(
        problems(hourly.validate()),
        "repeatEvery: expected a whole number from 1 to 24, found the number 25\n\
         toTime: expected a time, HH:MM, found `11:00:30`\n\
         daysOfWeek: expected 1 to 7 days, found none\n\
         endDate: expected no day before `startDate`, 2026-01-02, found 2026-01-01",
    );

    let nobody = NotificationConfigInput::builder()
        .integration_id("i")
        .channels([])
        .build();
    assert_eq!(
        problems(nobody.validate()),
        "notifications.config: expected at least one outcome, found none",
    );

    let steps = (0..101).map(|i| format!("i{i}"));
    assert_eq!(
        problems(FlowInput::sequence("f", steps).validate()),
        "steps: expected 2 to 100 steps, found 101",
    );
    let flow = FlowInput::builder()
        .name("f")
        .steps([
            FlowStepInput::builder()
                .referrer("a")
                .depends_on(["b"])
                .build(),
            FlowStepInput::builder()
                .referrer("b")
                .depends_on(["a"])
                .build(),
            FlowStepInput::builder().referrer("c").build(),
        ])
        .build();
    assert_eq!(
        problems(flow.validate()),
        "steps[0].dependsOn[0]: expected an earlier step, found a later one, steps[1]\n\
         steps[2].dependsOn: field required after the first step: without it, the flow is corrupted",
    );
}

/// The examples of the guide, typed: they become its dictionaries.
#[test]
fn the_guide_typed() {
    let good = good_payloads();
    let source = FileSource::builder()
        .storage(FileStorage::AzureBlob)
        .connection_id("5e634ba338444d2ea26ce384a70b5705")
        .file("dummy.csv")
        .build();
    let target = AnaplanTarget::builder()
        .action_id(112000000001)
        .file_id(112000000001)
        .build();
    let import = IntegrationInput::builder()
        .name("Blob to Anaplan")
        .workspace_id("8a81b09d599f3c6e0159f605560c2630")
        .model_id("8896D8C366BC48E5A3182B9F5CE10526")
        .jobs([IntegrationJobInput::import(source, target)])
        .build();
    assert_eq!(
        serde_json::to_value(&import).unwrap(),
        good["IntegrationInput"]["import"]
    );

    let process = IntegrationProcessInput::builder()
        .name("My Process")
        .process_id(118000000012)
        .workspace_id("8a81b09d599f3c6e0159f605560c2630")
        .model_id("8896D8C366BC48E5A3182B9F5CE10526")
        .build();
    assert_eq!(
        IntegrationInput::from(process),
        IntegrationInput::try_from(&good["IntegrationInput"]["process_only"]).unwrap(),
    );

    let flow = FlowInput::sequence(
        "My Flow",
        [
            "840ccd8a279a454d99577d9538f24f09",
            "c0fa795faac047468a59c8dbe3752d75",
        ],
    );
    assert_eq!(
        serde_json::to_value(&flow).unwrap(),
        good["FlowInput"]["flow"]
    );

    let notification = NotificationConfigInput::builder()
        .integration_id("e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b4")
        .channels([NotificationChannel::Email, NotificationChannel::InApp])
        .on_success(["u1"])
        .on_partial_failure(["u1", "u2"])
        .on_full_failure(["u1", "u2", "u3", "u4", "u5"])
        .build();
    assert_eq!(
        serde_json::to_value(&notification).unwrap(),
        good["NotificationConfigInput"]["one"],
    );

    let relative = ScheduleInput::monthly_relative_weekday()
        .name("s")
        .timezone("Asia/Tokyo")
        .start_date(date(2026, 7, 3))
        .time(time(12, 45, 0, 0))
        .day_of_week(Weekday::Saturday)
        .repeat_every(2)
        .build();
    assert_eq!(
        serde_json::to_value(&relative).unwrap(),
        good["ScheduleInput"]["relative"]
    );
}

#[test]
fn inputs_written_and_read_again_are_the_same() {
    fn again<I: Input + PartialEq + std::fmt::Debug>(payload: &Value) {
        let (input, _) = I::from_json(payload).unwrap();
        let written = serde_json::to_string(&input).unwrap();
        assert_eq!(serde_json::from_str::<I>(&written).unwrap(), input);
    }
    let good = good_payloads();
    let each =
        |input: &str, again: fn(&Value)| good[input].as_object().unwrap().values().for_each(again);
    each("ConnectionInput", again::<ConnectionInput>);
    each("ConnectionBodyInput", again::<ConnectionBodyInput>);
    each("ConnectionPatch", again::<ConnectionPatch>);
    each("IntegrationInput", again::<IntegrationInput>);
    each("IntegrationProcessInput", again::<IntegrationProcessInput>);
    each("ScheduleInput", again::<ScheduleInput>);
    each("NotificationConfigInput", again::<NotificationConfigInput>);
    each("FlowInput", again::<FlowInput>);
}

#[test]
fn a_schedule_that_was_read_back_can_be_sent_again() {
    for (name, payload) in good_payloads()["ScheduleInput"].as_object().unwrap() {
        if name == "wrapped" {
            continue;
        }
        let mut reply = payload.clone();
        reply["status"] = "Active".into();
        let schedule: Schedule = serde_json::from_value(reply).unwrap();
        let again = ScheduleInput::try_from(&schedule).unwrap();
        assert_eq!(&serde_json::to_value(again).unwrap(), payload);
    }
    let nothing: Schedule = serde_json::from_value(json!({"name": "s"})).unwrap();
    assert_eq!(
        ScheduleInput::try_from(&nothing).unwrap_err().to_string(),
        "type: field required\ntimezone: field required\nstartDate: field required",
    );
}

#[test]
fn nothing_prints_a_secret() {
    let good = good_payloads();
    for (name, secret) in [
        ("azure", "sp=rl"),
        ("s3", "wJalrXUtnFEMI"),
        ("bigquery", "BEGIN PRIVATE KEY"),
    ] {
        let connection = ConnectionInput::try_from(&good["ConnectionInput"][name]).unwrap();
        let printed = format!("{connection:?} {connection:#?}");
        assert!(
            printed.contains("[redacted]") && !printed.contains(secret),
            "{printed}"
        );
        assert!(serde_json::to_string(&connection).unwrap().contains(secret));
    }
    let patch = ConnectionPatch::azure_blob().sas_token("topsecret").build();
    assert!(!format!("{patch:?}").contains("topsecret"));
}

#[test]
fn a_key_file_that_is_no_json() {
    let error = ServiceAccountKey::from_json("{\"private_key\": topsecret}").unwrap_err();
    assert_eq!(error.to_string(), "expected JSON: line 1, column 18");
    let error = ServiceAccountKey::from_json("[]").unwrap_err();
    assert_eq!(error.to_string(), "expected an object, found a list");
}

#[test]
fn a_long_name_is_cut() {
    let mut payload = good_payloads()["ConnectionInput"]["azure"].clone();
    payload["body"]["x".repeat(100_000)] = 1.into();
    let error = check("ConnectionInput", &payload).unwrap_err();
    assert_eq!(error.problems.len(), 1);
    assert!(error.to_string().len() < 200);
}

/// The kinds of warnings of one field, with what they say.
fn lints(input: &str, payload: &Value, path: &str) -> Vec<(WarningKind, String)> {
    let (_, warnings) = check(input, payload).unwrap();
    let of_path = warnings.into_iter().filter(|w| w.path == path);
    of_path.map(|w| (w.kind, w.message)).collect()
}

#[test]
fn names_that_the_vendors_page_does_not_take_draw_a_warning() {
    let good = good_payloads();
    let s3 = &good["ConnectionBodyInput"]["s3"];
    for (name, is_usual) in [
        ("Nightly load_2-b", true),
        ("7", true),
        (&*"x".repeat(60), true),
        (&*"x".repeat(61), false),
        ("-load", false),
        ("load ", false),
        (" load", false),
        ("load.csv", false),
        ("Büro", false),
        ("負荷", false),
    ] {
        let mut body = s3.clone();
        body["name"] = name.into();
        let of_body = lints("ConnectionBodyInput", &body, "name");
        let whole = json!({"type": "AmazonS3", "body": body});
        let of_whole = lints("ConnectionInput", &whole, "body.name");
        let patch = lints("ConnectionPatch", &json!({"name": name}), "name");
        for found in [of_body, of_whole, patch] {
            let kinds: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
            let expected: &[_] = if is_usual {
                &[]
            } else {
                &[WarningKind::UnusualName]
            };
            assert_eq!(kinds, expected, "{name}");
        }
    }
    for (length, count) in [(128, 0), (129, 1)] {
        let mut daily = good["ScheduleInput"]["daily"].clone();
        daily["name"] = "é".repeat(length).into();
        assert_eq!(lints("ScheduleInput", &daily, "name").len(), count);
    }
}

#[test]
fn tokens_that_the_vendor_does_not_take_draw_a_warning() {
    use WarningKind::*;

    let url = "https://acme.blob.core.windows.net/c?sv=2024-11-04&sr=c&sp=rwl&sig=topsecret";
    for (token, kinds, words) in [
        ("sv=2024-11-04&sr=c&sp=rwl&sig=topsecret", &[][..], ""),
        (
            "?sv=2024-11-04&ss=b&srt=sco&sp=rwdlac&sig=topsecret",
            &[],
            "",
        ),
        ("sv=2024-11-04&si=policy&sr=c&sig=topsecret", &[], ""),
        ("sr=b&sp=rwl&sig=topsecret", &[UnusualSecret], "`sr=b`"),
        ("sr=c&sp=rl&sig=topsecret", &[MissingRights], "lack write:"),
        (
            "sr=c&sp=r&sig=topsecret",
            &[MissingRights],
            "lack write and list:",
        ),
        (
            "sr=c&sp=acwd&sig=topsecret",
            &[MissingRights],
            "lack read and list:",
        ),
        (url, &[UnusualSecret], "a whole URL"),
        (
            "sr=c&sp=rwl&sig=topsecret\n",
            &[UnusualSecret],
            "a line end",
        ),
        (
            "sr=c&sp=rwl\r\n&sig=topsecret",
            &[UnusualSecret],
            "a line end",
        ),
        (
            "https://a/c/x?sr=b&sp=r",
            &[UnusualSecret, UnusualSecret, MissingRights],
            "",
        ),
    ] {
        let whole = json!({"type": "AzureBlob", "body": {
            "name": "n", "storageAccountName": "a", "containerName": "c", "sasToken": token,
        }});
        let patch = json!({"sasToken": token});
        for found in [
            lints("ConnectionInput", &whole, "body.sasToken"),
            lints("ConnectionPatch", &patch, "sasToken"),
        ] {
            let found_kinds: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
            assert_eq!(found_kinds, kinds, "{token}");
            let said = format!("{found:?}");
            assert!(said.contains(words), "{token}: {said}");
            assert!(!said.contains("topsecret"), "{said}");
        }
    }
}

#[test]
fn users_by_their_mail_address_draw_a_warning() {
    let mut config = good_payloads()["NotificationConfigInput"]["one"].clone();
    config["notifications"]["config"][0]["users"] = json!(["u1", "a@corp.example"]);
    assert_eq!(
        warnings("NotificationConfigInput", &config),
        [
            "UnusualId notifications.config[0].users[1]: looks like an e-mail address, expected the id of a user"
        ],
    );
}

fn daily(zone: &str, start: &str, at: &str) -> Value {
    json!({"name": "s", "type": "daily", "timezone": zone, "startDate": start, "time": at})
}

#[test]
fn a_start_in_the_maintenance_window_draws_a_warning() {
    let has = |schedule: &Value| {
        let found = lints("ScheduleInput", schedule, "time");
        let hourly = lints("ScheduleInput", schedule, "fromTime");
        let all: Vec<_> = found.into_iter().chain(hourly).collect();
        assert!(
            all.iter()
                .all(|(kind, _)| *kind == WarningKind::Maintenance),
            "{all:?}"
        );
        !all.is_empty()
    };
    for (zone, at, expected) in [
        // The window is from 20:00 to 24:00 UTC in summer, from 21:00 to 01:00 in winter.
        ("UTC", "19:59", false),
        ("UTC", "20:00", true),
        ("UTC", "23:59", true),
        ("UTC", "00:59", true),
        ("UTC", "01:00", false),
        ("America/Los_Angeles", "13:00", true),
        ("America/Los_Angeles", "11:59", false),
        ("Asia/Tokyo", "05:00", true),
        ("Asia/Tokyo", "12:00", false),
    ] {
        assert_eq!(has(&daily(zone, "2026-07-03", at)), expected, "{zone} {at}");
    }
    let with = |name: &str, fields: Value| {
        let mut schedule = good_payloads()["ScheduleInput"][name].clone();
        schedule
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        has(&schedule)
    };
    // Of days of the week: 6 is Saturday.
    let weekly = |days: Value| {
        with(
            "weekly",
            json!({"timezone": "UTC", "time": "21:30", "daysOfWeek": days}),
        )
    };
    assert!(weekly(json!([1, 6])));
    assert!(!weekly(json!([0, 1, 2, 3, 4, 5])));
    // Sunday 00:30 is in it in winter only.
    assert!(with(
        "weekly",
        json!({"timezone": "UTC", "startDate": "2026-07-03", "endDate": null, "time": "00:30", "daysOfWeek": [0]})
    ));
    assert!(!with(
        "weekly",
        json!({"timezone": "UTC", "startDate": "2026-07-03", "endDate": "2026-09-03", "time": "00:30", "daysOfWeek": [0]})
    ));
    let hourly = |from: &str, to: &str| {
        let window = json!({"timezone": "UTC", "fromTime": from, "toTime": to, "repeatEvery": 2, "daysOfWeek": [6]});
        with("hourly", window)
    };
    assert!(hourly("08:00", "22:00"));
    assert!(!hourly("08:00", "19:00"));
    // Nothing is due on a Saturday.
    assert!(!with(
        "daily",
        json!({"time": "23:59", "startDate": "2026-07-03", "endDate": "2026-07-03"})
    ));
    assert!(!has(&daily("UTC", "9999-12-31", "23:59")));
}

#[test]
fn time_zones_that_the_vendors_page_does_not_offer_draw_a_warning() {
    for (zone, is_listed) in [
        ("UTC", true),
        ("Greenwich", true),
        ("Asia/Tokyo", true),
        ("Asia/Yangon", false),
        ("Asia/Calcutta", false),
    ] {
        let found = lints(
            "ScheduleInput",
            &daily(zone, "2026-07-03", "12:00"),
            "timezone",
        );
        let kinds: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
        let expected: &[_] = if is_listed {
            &[]
        } else {
            &[WarningKind::UnlistedTimeZone]
        };
        assert_eq!(kinds, expected, "{zone}");
    }
}

#[test]
fn a_time_zone_whose_clocks_change_says_when_and_by_how_much() {
    let said = |zone: &str, start: &str, now: &str, end: Option<&str>| {
        let mut schedule = daily(zone, start, "12:00");
        schedule["endDate"] = end.into();
        let (_, warnings) = ScheduleInput::from_json_at(&schedule, now.parse().unwrap()).unwrap();
        let mut of_clocks = warnings
            .into_iter()
            .filter(|w| w.kind == WarningKind::ClockChange);
        let warning = of_clocks.next()?;
        assert_eq!(warning.path, "timezone");
        assert!(of_clocks.next().is_none());
        Some(warning.message)
    };
    let now = "2026-06-01T00:00:00Z";
    for (zone, start, now, words) in [
        (
            "Europe/Paris",
            "2026-07-03",
            now,
            ["October 2026", "1 hour earlier"],
        ),
        (
            "Europe/Paris",
            "2026-11-03",
            now,
            ["March 2027", "1 hour later"],
        ),
        // It began long ago: what comes next counts.
        (
            "America/New_York",
            "2020-01-01",
            "2026-12-01T00:00:00Z",
            ["March 2027", "1 hour later"],
        ),
        (
            "Australia/Melbourne",
            "2026-07-03",
            now,
            ["October 2026", "1 hour later"],
        ),
        (
            "Australia/Lord_Howe",
            "2026-07-03",
            now,
            ["October 2026", "30 minutes later"],
        ),
    ] {
        let message = said(zone, start, now, None).unwrap();
        for word in words.iter().chain(&["in UTC", "the vendor advises UTC"]) {
            assert!(message.contains(word), "{zone}: {message}");
        }
    }
    for zone in ["UTC", "Asia/Tokyo", "Asia/Dubai", "America/Sao_Paulo"] {
        assert_eq!(said(zone, "2026-07-03", now, None), None, "{zone}");
    }
    assert_eq!(
        said("Europe/Paris", "2026-07-03", now, Some("2026-10-24")),
        None
    );
    assert!(said("Europe/Paris", "2026-07-03", now, Some("2026-10-25")).is_some());
    assert_eq!(said("Europe/Paris", "9999-12-31", now, None), None);
}

#[test]
fn an_hourly_window_over_midnight_draws_a_warning() {
    let mut hourly = good_payloads()["ScheduleInput"]["hourly"].clone();
    hourly["fromTime"] = "22:00".into();
    hourly["toTime"] = "06:00".into();
    let found = lints("ScheduleInput", &hourly, "toTime");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, WarningKind::OverMidnight);
}

#[test]
fn a_start_off_the_quarter_hours_draws_no_warning() {
    assert!(warnings("ScheduleInput", &daily("UTC", "2026-07-03", "12:07")).is_empty());
}

/// Fields of other kinds, nulls and what only a reply has are no part of a schedule that is
/// written.
#[test]
fn a_read_schedule_is_written_without_what_is_not_its_own() {
    let read: Schedule = serde_json::from_value(json!({
        "name": "daily", "type": "daily", "time": "12:15:00", "timezone": "Europe/Paris",
        "startDate": "2031-07-03", "endDate": null, "status": "Inactive",
        "fromTime": "00:00", "toTime": "23:45", "daysOfWeek": [1], "dayOfMonth": 5,
        "dayOfWeek": null, "repeatEvery": 0, "nextScheduleDate": "2031-07-04", "isoEndDate": 1,
    }))
    .unwrap();
    let input = ScheduleInput::try_from(&read).unwrap();
    assert_eq!(
        serde_json::to_value(&input).unwrap(),
        json!({
            "name": "daily", "type": "daily", "time": "12:15", "timezone": "Europe/Paris",
            "startDate": "2031-07-03",
        })
    );
}

#[test]
fn a_read_flow_has_the_defaults_that_the_service_leaves_out() {
    let read: Flow = serde_json::from_value(json!({
        "id": "f", "name": "n", "stepsCount": 2, "latestRun": {}, "owner": "o",
        "steps": [
            {"referrer": "840ccd8a279a454d99577d9538f24f09", "name": "a", "type": "Import"},
            {
                "referrer": "c0fa795faac047468a59c8dbe3752d75", "name": "b", "type": "Export",
                "dependsOn": ["840ccd8a279a454d99577d9538f24f09"], "isSkipped": null,
            },
        ],
    }))
    .unwrap();
    let sequence = FlowInput::sequence(
        "n",
        [
            "840ccd8a279a454d99577d9538f24f09",
            "c0fa795faac047468a59c8dbe3752d75",
        ],
    );
    assert_eq!(FlowInput::try_from(&read).unwrap(), sequence);
    assert_eq!(
        FlowStepInput::try_from(&read.steps[1]).unwrap(),
        sequence.steps[1]
    );
}

#[test]
fn a_read_notification_without_users_of_an_outcome() {
    let read: NotificationConfig = serde_json::from_value(json!({
        "notificationId": "n", "integrationIds": ["840ccd8a279a454d99577d9538f24f09"],
        "channels": ["email"],
        "notifications": {"config": [
            {"type": "success", "users": []},
            {"type": "full_failure", "users": [{"userGuid": "8a81", "firstName": "Ada"}]},
        ]},
    }))
    .unwrap();
    let input = NotificationConfigInput::try_from(&read).unwrap();
    assert!(input.on_success.is_empty());
    assert_eq!(input.on_full_failure, ["8a81"]);
    let mut other = read.clone();
    other.integration_ids.clear();
    let error = NotificationConfigInput::try_from(&other).unwrap_err();
    assert!(error.to_string().contains("integrationIds"), "{error}");
}

#[test]
fn a_read_connection_with_another_secret_or_of_another_type() {
    let connection = |kind: &str| -> Connection {
        serde_json::from_value(json!({
            "connectionId": "c", "connectionType": kind, "workspaceId": "8a81",
            "body": {
                "name": "n", "bucketName": "b", "accessKeyId": "A", "dataset": "d",
                "storageAccountName": "s", "containerName": "c", "clientId": null, "new": 1,
            },
        }))
        .unwrap()
    };
    let refused = |kind, secret: &str| {
        let error = ConnectionBodyInput::from_read(&connection(kind), secret).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        error.to_string()
    };
    assert_eq!(
        refused("Snowflake", "hunter2"),
        "connectionType: expected one of `AmazonS3`, `AzureBlob`, `GoogleBigQuery`"
    );
    assert!(refused("GoogleBigQuery", "hunter2").contains("expected JSON"));
    assert!(refused("AzureBlob", " ").contains("body.sasToken"));
    let body = ConnectionBodyInput::from_read(&connection("AmazonS3"), "key").unwrap();
    assert_eq!(
        serde_json::to_value(&body).unwrap(),
        json!({
            "name": "n", "accessKeyId": "A", "secretAccessKey": "key", "bucketName": "b",
            "workspaceId": "8a81",
        })
    );
}
