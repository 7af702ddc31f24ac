//! Dumps, streamed and read, and what is made of them.

use std::time::Duration;

use anaplan_sdk::runs::RunOutcome;
use anaplan_sdk::{Error, RetryPolicy};
use cloudworks_sim::{Fault, Outcome, Simulator, estate};

use super::{builder_of, client_of, maybe_async, test};

const DUMP: &str = "/2/0/integrations/run/*/dumps";

#[maybe_async]
#[test]
async fn a_dump_is_written_as_it_is() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let cw = client.cw();
    let whole = cw.get_import_error_dump(estate::FAILED_RUN).await.unwrap();
    let mut written = Vec::new();
    let dump = cw.import_error_dump(estate::FAILED_RUN).await.unwrap();
    let bytes = dump.write_to(&mut written).await.unwrap();
    assert_eq!((bytes, &written), (whole.len() as u64, &whole));
    let dump = cw.import_error_dump(estate::FAILED_RUN).await.unwrap();
    let bytes = dump.bytes().await.unwrap();
    assert_eq!(bytes, whole);

    let (run, action) = (estate::FAILED_PROCESS_RUN, estate::FAILED_ACTION);
    let whole = cw.get_process_error_dump(run, action).await.unwrap();
    let mut written = Vec::new();
    let dump = cw.process_error_dump(run, action).await.unwrap();
    dump.write_to(&mut written).await.unwrap();
    assert_eq!(written, whole);
}

#[maybe_async]
#[test]
async fn a_large_dump_comes_in_pieces() {
    const SIZE: u64 = 20 << 20;
    let sim = Simulator::start();
    sim.set_dump_size(estate::FAILED_RUN, SIZE);
    let client = client_of(&sim);
    let mut dump = client
        .cw()
        .import_error_dump(estate::FAILED_RUN)
        .await
        .unwrap();
    let (mut count, mut largest) = (0, 0);
    loop {
        let chunk = dump.next_chunk().await.unwrap();
        let Some(chunk) = chunk else { break };
        assert!(!chunk.is_empty());
        (count, largest) = (count + 1, largest.max(chunk.len()));
    }
    assert_eq!(dump.received(), SIZE);
    assert!(
        count > 10 && largest < 2 << 20,
        "{count} pieces, {largest} bytes the largest"
    );
}

#[maybe_async]
#[test]
async fn rows_are_read_as_they_come() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let dump = client
        .cw()
        .import_error_dump(estate::FAILED_RUN)
        .await
        .unwrap();
    let mut rows = dump.rows();
    let mut shown = Vec::new();
    loop {
        let row = rows.next_row().await.unwrap();
        match row {
            Some(row) => shown.push(row.to_string()),
            None => break,
        }
    }
    assert_eq!(
        shown,
        [
            "line 2: Product = Apples, Region = North, Amount = 12a: Amount: value is not a number",
            "line 5: Product = Pears, green, Region = South, Amount = n/a: Amount: value is not a number",
            "line 9: Product = Plums, Region = , Amount = 7: Region: item not located in list",
        ]
    );
    assert_eq!(rows.header().unwrap().columns().len(), 5);
}

#[maybe_async]
#[test]
async fn without_a_dump_there_is_nothing_to_open() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let dump = client.cw().import_error_dump(estate::SUCCESSFUL_RUN).await;
    let error = dump.unwrap_err();
    assert!(
        error.is_not_found() && error.to_string().contains("no errors"),
        "{error}"
    );
}

#[maybe_async]
#[test]
async fn what_fails_before_the_first_byte_is_repeated() {
    let patient = RetryPolicy::default().first_delay(Duration::from_millis(1));
    for fault in [
        Fault::reset_before(),
        Fault::status(503, "Service Unavailable"),
        Fault::html(),
        Fault::empty_body(),
        Fault::unauthorized(),
        Fault::gzip_lie(),
    ] {
        let sim = Simulator::start();
        let client = builder_of(&sim).retry(patient).build().unwrap();
        let name = format!("{fault:?}");
        let number = sim.fault(fault.on("GET", DUMP).once());
        let whole = client
            .cw()
            .get_import_error_dump(estate::FAILED_RUN)
            .await
            .unwrap();
        let mut written = Vec::new();
        let dump = client.cw().import_error_dump(estate::FAILED_RUN).await;
        let dump = dump.unwrap_or_else(|error| panic!("{name}: {error}"));
        let bytes = dump.write_to(&mut written).await;
        let bytes = bytes.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((bytes, &written), (whole.len() as u64, &whole), "{name}");
        assert_eq!(sim.fault_hits(number), 1, "{name}");
    }
}

/// After the first byte nothing is repeated: what was written is a beginning of the file.
#[maybe_async]
#[test]
async fn a_stream_that_breaks_off_is_an_error() {
    const SIZE: u64 = 4 << 20;
    let patient = RetryPolicy::default().first_delay(Duration::from_millis(1));
    for fault in [Fault::close_in_body(), Fault::cut_chunk()] {
        let sim = Simulator::start();
        sim.set_dump_size(estate::FAILED_RUN, SIZE);
        let client = builder_of(&sim).retry(patient).build().unwrap();
        let name = format!("{fault:?}");
        sim.fault(fault.on("GET", DUMP).once());
        let mut written = Vec::new();
        let dump = client.cw().import_error_dump(estate::FAILED_RUN).await;
        let dump = dump.unwrap_or_else(|error| panic!("{name}: {error}"));
        let broken = dump.write_to(&mut written).await;
        let Err(Error::Transport(error)) = broken else {
            panic!("{name}: {broken:?}")
        };
        assert_eq!(error.operation, "get_import_error_dump");
        assert!(
            !written.is_empty() && (written.len() as u64) < SIZE,
            "{name}"
        );
        assert_eq!(
            sim.requests_to("GET", "/2/0/integrations/run/").len(),
            1,
            "{name}"
        );
    }
}

/// A dump that drips for longer than the timeout is read whole: the timeout is for each piece.
#[maybe_async]
#[test]
async fn the_timeout_is_from_piece_to_piece() {
    let sim = Simulator::start();
    let client = builder_of(&sim)
        .timeout(Duration::from_secs(2))
        .build()
        .unwrap();
    let whole = client
        .cw()
        .get_import_error_dump(estate::FAILED_RUN)
        .await
        .unwrap();
    let pause = Duration::from_millis(2500) / u32::try_from(whole.len()).unwrap();
    sim.fault(Fault::drip(pause).on("GET", DUMP).once());
    let mut written = Vec::new();
    let dump = client.cw().import_error_dump(estate::FAILED_RUN).await;
    dump.unwrap().write_to(&mut written).await.unwrap();
    assert_eq!(written, whole);
}

#[maybe_async]
#[test]
async fn a_diagnosis_says_why() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let diagnosis = client.cw().diagnose(estate::FAILED_RUN).await.unwrap();
    assert!(matches!(diagnosis.outcome, RunOutcome::Failed(_)));
    assert_eq!(
        diagnosis.integration_name.as_deref(),
        Some("Products from blob")
    );
    assert!(diagnosis.gaps.is_empty());
    assert_eq!(
        diagnosis.to_string(),
        "Products from blob failed: Import failed\n  \
           run          152b8666a0234754afc36f1cde0fd9d2\n  \
           integration  840ccd8a279a454d99577d9538f24f09\n"
            .to_owned()
            + &diagnosis
                .to_string()
                .lines()
                .skip(3)
                .take(1)
                .map(|line| format!("{line}\n"))
                .collect::<String>()
            + "  started      2026-06-09T04:30:04Z by Ada Planner (scheduled)\n  \
           ended        2026-06-09T04:30:49Z, after 45s\n  \
           code         12: an import met values of another type than the model expects, such as text for a number\n\
           \n\
           Action 112000000001, Import 112000000001\n  \
           Value is not of the expected data type (3 times)\n  \
           line 2: Product = Apples, Region = North, Amount = 12a: Amount: value is not a number\n  \
           line 5: Product = Pears, green, Region = South, Amount = n/a: Amount: value is not a number\n  \
           line 9: Product = Plums, Region = , Amount = 7: Region: item not located in list"
    );
}

#[maybe_async]
#[test]
async fn a_diagnosis_of_a_process_of_a_partial_success_and_of_a_success() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    let process = client
        .cw()
        .diagnose(estate::FAILED_PROCESS_RUN)
        .await
        .unwrap();
    assert_eq!(process.actions.len(), 1);
    assert_eq!(
        process.actions[0].action.as_ref().unwrap(),
        estate::FAILED_ACTION
    );
    assert_eq!(process.actions[0].rejected.len(), 3);
    assert!(!process.actions[0].has_more);

    let partial = client.cw().diagnose(estate::PARTIAL_RUN).await.unwrap();
    assert_eq!(partial.outcome.report().rows.failed, Some(3));
    assert_eq!(partial.actions[0].rejected.len(), 3);

    let success = client.cw().diagnose(estate::SUCCESSFUL_RUN).await.unwrap();
    assert!(success.outcome.is_success() && success.actions.is_empty());
    assert!(success.gaps.is_empty());
}

#[maybe_async]
#[test]
async fn what_a_diagnosis_cannot_read_is_a_gap_in_it() {
    let sim = Simulator::start();
    let client = client_of(&sim);
    sim.fault(Fault::status(452, "Tenant not entitled").on("GET", DUMP));
    sim.fault(
        Fault::status(403, "Forbidden")
            .on("GET", &format!("/2/0/integrations/{}", estate::IMPORT))
            .once(),
    );
    let diagnosis = client.cw().diagnose(estate::FAILED_RUN).await.unwrap();
    assert!(
        diagnosis.gaps.iter().any(|gap| gap.contains("452")),
        "{diagnosis}"
    );
    assert_eq!(diagnosis.actions.len(), 1);
    assert!(diagnosis.to_string().contains("Not known: rejected rows"));
}

#[maybe_async]
#[test]
async fn a_rejection_without_a_run_error_is_found_all_the_same() {
    let sim = Simulator::builder().run_duration(Duration::ZERO).start();
    let client = client_of(&sim);
    sim.next_run(estate::IMPORT, Outcome::partial(10, 3));
    let run = client.cw().run_integration(estate::IMPORT).await.unwrap();
    sim.reply_once(
        "GET",
        "/2/0/integrations/runerror/*",
        200,
        &[("content-type", "application/json")],
        r#"{"status":{"code":200,"message":"Success"},"runs":{}}"#,
    );
    let diagnosis = client.cw().diagnose(&run).await.unwrap();
    assert_eq!(diagnosis.actions.len(), 1);
    assert_eq!(diagnosis.actions[0].rejected.len(), 3);
}
