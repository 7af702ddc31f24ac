//! An answer with HTTP status 200 whose body says that it failed is a failure, for every operation;
//! a body that says nothing is a success.

use anaplan_sdk::models::cloud_works::ScheduleStatus;
use anaplan_sdk::{ApiError, Error, Method};
use serde_json::json;

use super::{
    Client, Duration, Reply, RetryPolicy, Server, builder_of, client_of, maybe_async,
    quick_retries, test,
};

const ID: &str = "152b8666a0234754afc36f1cde0fd9d2";

fn answering(body: &'static str) -> Server {
    Server::start(move |_| Reply::new(200, "application/json", body))
}

fn refusal(error: Error) -> ApiError {
    match error {
        Error::Api(refusal) => *refusal,
        other => panic!("a refusal was expected: {other:?}"),
    }
}

#[maybe_async]
async fn cancel(body: &'static str) -> Result<(), Error> {
    let server = answering(body);
    let cancelled = client_of(&server).cw().cancel_integration(ID).await;
    assert_eq!(server.requests().len(), 1);
    cancelled
}

#[maybe_async]
async fn patch(body: &'static str) -> Result<(), Error> {
    let server = answering(body);
    let patch = json!({"name": "Other"});
    client_of(&server).cw().patch_connection(ID, patch).await
}

/// A body that says that it failed: the error that a cancel gives.
macro_rules! failed {
    ($($name:ident: $body:expr => $status:literal, $code:expr, $message:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let error = cancel($body).await.unwrap_err();
            // With a 4xx, the service certainly did nothing; else nobody knows.
            assert_eq!(error.may_have_been_applied(), !(400..500).contains(&$status), "{error}");
            let refusal = refusal(error);
            let code: Option<&str> = $code;
            assert_eq!(
                (refusal.status, refusal.code.as_deref(), refusal.message.as_str()),
                ($status, code, $message)
            );
            assert_eq!(refusal.http_status, 200);
            assert_eq!(refusal.body, $body);
        }
    )*};
}

failed! {
    success_false:
        r#"{"success": false, "message": "It has not been cancelled"}"#
        => 200, None, "It has not been cancelled";
    success_false_alone:
        r#"{"success": false}"# => 200, None, "";
    success_as_text:
        r#"{"success": "false"}"# => 200, None, "";
    success_as_a_number:
        r#"{"success": 0, "message": "no"}"# => 200, None, "no";
    success_false_beside_a_good_code:
        r#"{"status": {"code": 200, "message": "Success"}, "success": false}"# => 200, None, "";
    success_false_with_an_object_for_a_message:
        r#"{"success": false, "message": {"integration_id": "1", "state": "RUNNING"}}"#
        => 200, None, r#"{"integration_id":"1","state":"RUNNING"}"#;
    success_false_in_another_case:
        r#"{"Success": false, "Message": "no"}"# => 200, None, "no";
    is_success_false:
        r#"{"isSuccess": false, "error": {"code": "E17", "message": "no"}}"# => 200, Some("E17"), "no";
    status_is_the_word_failure:
        r#"{"status": "FAILURE", "statusMessage": "Name is taken"}"#
        => 200, Some("FAILURE"), "Name is taken";
    status_is_the_word_error:
        r#"{"status": "error", "message": "no"}"# => 200, Some("error"), "no";
    status_code_is_a_4xx:
        r#"{"status": {"code": 409, "message": "Integration 1 is not in running state"}}"#
        => 409, Some("409"), "Integration 1 is not in running state";
    status_code_is_a_4xx_as_text:
        r#"{"status": {"code": "404", "message": "no"}}"# => 404, Some("404"), "no";
    status_code_is_a_5xx:
        r#"{"status": {"code": 500, "message": "Internal Server Error"}}"#
        => 500, Some("500"), "Internal Server Error";
    status_code_is_a_5xx_as_text:
        r#"{"status": {"code": "503", "message": "no"}}"# => 503, Some("503"), "no";
    status_is_a_number:
        r#"{"timestamp": "2026-06-19T01:30:16Z", "status": 500, "error": "Internal Server Error", "path": "/x"}"#
        => 500, Some("Internal Server Error"), "Internal Server Error";
    status_is_a_number_and_its_name:
        r#"{"status": "404 NOT_FOUND", "message": "no"}"# => 404, Some("404 NOT_FOUND"), "no";
    a_problem_of_rfc_9457:
        r#"{"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "not yours"}"#
        => 403, Some("403"), "not yours";
    a_code_at_the_top:
        r#"{"code": 400, "message": "Invalid request body"}"#
        => 400, Some("400"), "Invalid request body";
    a_status_code_at_the_top:
        r#"{"statusCode": 403, "message": "Forbidden"}"# => 403, Some("403"), "Forbidden";
    an_error_as_text:
        r#"{"error": "no healthy upstream"}"#
        => 200, Some("no healthy upstream"), "no healthy upstream";
    an_error_as_an_object:
        r#"{"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}}"#
        => 403, Some("403"), "no";
    an_error_beside_ok_false:
        r#"{"ok": false, "error": "not_authed"}"# => 200, Some("not_authed"), "not_authed";
    a_list_of_errors:
        r#"{"errors": [{"status": "422", "code": "E17", "title": "Invalid", "detail": "no name"}]}"#
        => 422, Some("E17"), "no name";
    a_list_of_texts:
        r#"{"status": {"code": 200}, "errors": ["no name", "no id"]}"# => 200, None, "no name";
    an_error_message:
        r#"{"errorMessage": "Task timed out after 3.00 seconds", "errorType": "Sandbox.Timedout"}"#
        => 200, None, "Task timed out after 3.00 seconds";
    an_error_code:
        r#"{"errorCode": "E17", "errorMessage": "no"}"# => 200, Some("E17"), "no";
    a_fault_of_a_gateway:
        r#"{"fault": {"faultstring": "Rate limit quota violation", "detail": {"errorcode": "policies.ratelimit.QuotaViolation"}}}"#
        => 200, None, "Rate limit quota violation";
    a_failure_with_its_code_beside:
        r#"{"kind": "Status", "status": "Failure", "message": "no", "reason": "Conflict", "code": 409}"#
        => 409, Some("409"), "no";
}

/// A body that does not say that it failed.
macro_rules! done {
    ($($name:ident: $body:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            cancel($body).await.unwrap();
            patch($body).await.unwrap();
        }
    )*};
}

done! {
    nothing_is_a_success: "";
    an_empty_object_is_a_success: "{}";
    a_good_code_is_a_success: r#"{"status": {"code": 200, "message": "Success"}}"#;
    a_good_code_as_text_is_a_success: r#"{"status": {"code": "202"}}"#;
    the_word_success_is_a_success: r#"{"status": "SUCCESS"}"#;
    success_true_is_a_success: r#"{"success": true, "message": {"integration_id": "1", "state": "CANCELLED"}}"#;
    no_errors_are_a_success: r#"{"status": {"code": 200}, "error": null, "errors": [], "errorMessage": "", "errorCode": 0}"#;
    error_false_is_a_success: r#"{"error": false, "fault": {}, "errors": "None"}"#;
    a_run_that_failed_is_no_failure_of_the_call: r#"{"status": {"code": 200}, "run": {"success": false, "error": "x", "status": "FAILURE"}}"#;
    what_lies_deeper_is_not_judged: r#"{"latestRun": {"success": false}, "items": [{"error": "x", "code": 500}]}"#;
}

#[maybe_async]
#[test]
async fn a_switch_that_failed() {
    let server = answering(r#"{"success": false}"#);
    let client = client_of(&server);
    let switched = client
        .cw()
        .set_schedule_status(ID, ScheduleStatus::Disabled)
        .await;
    let error = switched.unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
}

#[maybe_async]
#[test]
async fn a_deletion_that_failed() {
    let server = answering(r#"{"success": "false", "message": "in use"}"#);
    let client = builder_of(&server).retry(quick_retries()).build().unwrap();
    let error = client.cw().delete_integration(ID).await.unwrap_err();
    assert_eq!(refusal(error).message, "in use");
    // It would fail again.
    assert_eq!(server.requests().len(), 1);
}

#[maybe_async]
#[test]
async fn a_patch_that_failed() {
    let error = patch(r#"{"status": "FAILURE", "statusMessage": "no"}"#).await;
    assert_eq!(refusal(error.unwrap_err()).message, "no");
}

#[maybe_async]
#[test]
async fn what_was_not_found_and_what_is_in_the_way() {
    let gone = patch(r#"{"status": {"code": 404, "message": "no"}}"#).await;
    assert!(gone.unwrap_err().is_not_found());
    let busy = patch(r#"{"status": {"code": "409", "message": "no"}}"#).await;
    let busy = busy.unwrap_err();
    assert!(
        busy.is_conflict() && !busy.may_have_been_applied(),
        "{busy}"
    );
    assert!(busy.to_string().contains("HTTP status 200"), "{busy}");
}

#[maybe_async]
#[test]
async fn a_creation_that_failed_beside_its_id() {
    let server = answering(r#"{"success": false, "run": {"id": "1"}}"#);
    let error = client_of(&server)
        .cw()
        .run_integration(ID)
        .await
        .unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[maybe_async]
#[test]
async fn a_list_that_failed_is_no_empty_list() {
    let server = answering(r#"{"success": false, "connections": [], "meta": {}}"#);
    let error = client_of(&server)
        .cw()
        .list_connections()
        .await
        .unwrap_err();
    assert!(!error.may_have_been_applied(), "{error}");
    refusal(error);
}

#[maybe_async]
#[test]
async fn a_read_that_failed_beside_its_value() {
    let server = answering(r#"{"error": "stale", "run": {"id": "1", "success": true}}"#);
    let error = client_of(&server)
        .cw()
        .get_run_status("1")
        .await
        .unwrap_err();
    assert_eq!(refusal(error).message, "stale");
}

#[maybe_async]
#[test]
async fn run_errors_that_could_not_be_had_are_not_none() {
    let server = answering(r#"{"success": false}"#);
    let error = client_of(&server)
        .cw()
        .get_run_error("1")
        .await
        .unwrap_err();
    refusal(error);
}

#[maybe_async]
#[test]
async fn a_dump_that_is_a_failure() {
    let server = answering(r#"{"status": {"code": 404, "message": "no errors"}}"#);
    let client = client_of(&server);
    let dump = client.cw().get_import_error_dump("1").await;
    assert!(dump.unwrap_err().is_not_found());
    let rows = client.cw().import_error_dump("1").await;
    assert!(rows.err().unwrap().is_not_found());
}

#[maybe_async]
#[test]
async fn any_other_call_that_failed() {
    let server = answering(r#"{"status": {"code": 403, "message": "no"}, "success": true}"#);
    let client = client_of(&server);
    let answer = client.request(Method::GET, "anything", None).await;
    assert_eq!(answer.unwrap_err().status(), Some(403));
}

#[maybe_async]
#[test]
async fn a_run_that_failed_is_read_as_a_run() {
    let server = answering(
        r#"{"status": {"code": 200}, "run": {"id": "1", "success": false, "message": "Process failed"}}"#,
    );
    let run = client_of(&server).cw().get_run_status("1").await.unwrap();
    assert_eq!(run.success, Some(false));
}

/// A server that first says this in a 200, and then that all is well.
fn first_saying(body: &'static str) -> Server {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |request| {
        if request.path.ends_with("/token/authenticate") {
            return Reply::json(
                201,
                &json!({"tokenInfo": {"tokenValue": "fresh-raw-token"}}),
            );
        }
        let first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        let good = r#"{"status": {"code": 200}, "connections": [], "run": {"id": "1"}}"#;
        Reply::new(200, "application/json", if first { body } else { good })
    })
}

fn patient(server: &Server) -> Client {
    let policy = quick_retries().max_delay(Duration::from_secs(20));
    builder_of(server).retry(policy).build().unwrap()
}

#[maybe_async]
#[test]
async fn a_503_in_a_200_is_asked_again_by_a_read() {
    let server = first_saying(r#"{"status": {"code": 503, "message": "busy"}, "connections": []}"#);
    patient(&server).cw().list_connections().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[maybe_async]
#[test]
async fn a_503_in_a_200_is_repeated_by_an_idempotent_write() {
    let server = first_saying(r#"{"status": {"code": 503, "message": "busy"}}"#);
    let patch = json!({"name": "Other"});
    patient(&server)
        .cw()
        .patch_connection(ID, patch)
        .await
        .unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[maybe_async]
#[test]
async fn a_503_in_a_200_does_not_repeat_a_start() {
    let server = first_saying(r#"{"status": {"code": 503, "message": "busy"}}"#);
    let client = builder_of(&server)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let error = client.cw().run_integration(ID).await.unwrap_err();
    assert!(error.may_have_been_applied(), "{error}");
    assert_eq!(server.requests_to("POST", "/run").len(), 1);
}

#[maybe_async]
#[test]
async fn a_429_or_a_401_in_a_200_does_not_repeat_a_start() {
    for body in [
        r#"{"run": {"id": "1"}, "errors": [{"status": "429", "detail": "mail throttled"}]}"#,
        r#"{"status": {"code": 429, "message": "slow down"}, "run": {"id": "1"}}"#,
        r#"{"status": {"code": 401, "message": "expired"}}"#,
    ] {
        let server = first_saying(body);
        let credentials = anaplan_sdk::Credentials::basic("ada@corp.example", "a-raw-password");
        let client = builder_of(&server).credentials(credentials);
        let client = client.retry(quick_retries()).build().unwrap();
        let error = client.cw().run_integration(ID).await.unwrap_err();
        assert!(error.may_have_been_applied(), "{body}: {error}");
        assert_eq!(server.requests_to("POST", "/run").len(), 1, "{body}");
    }
}

#[maybe_async]
#[test]
async fn a_refusal_for_good_in_a_200_is_not_repeated() {
    let server = first_saying(r#"{"status": {"code": 500, "message": "Model Not Found"}}"#);
    let patch = json!({"name": "Other"});
    let error = patient(&server)
        .cw()
        .patch_connection(ID, patch)
        .await
        .unwrap_err();
    assert!(!error.may_have_been_applied(), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[maybe_async]
#[test]
async fn a_refused_token_in_a_200_is_renewed() {
    let server =
        first_saying(r#"{"status": {"code": 401, "message": "expired"}, "connections": []}"#);
    let credentials = anaplan_sdk::Credentials::basic("ada@corp.example", "a-raw-password");
    let client = builder_of(&server)
        .credentials(credentials)
        .build()
        .unwrap();
    client.cw().list_connections().await.unwrap();
    assert_eq!(server.requests_to("POST", "/token/authenticate").len(), 2);
}

#[maybe_async]
#[test]
async fn a_log_in_that_failed_is_none() {
    let server = answering(
        r#"{"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": "no", "tokenInfo": {"tokenValue": "t"}}"#,
    );
    let credentials = anaplan_sdk::Credentials::basic("ada@corp.example", "a-raw-password");
    let client = builder_of(&server)
        .credentials(credentials)
        .build()
        .unwrap();
    let error = client.cw().list_connections().await.unwrap_err();
    assert!(error.is_auth(), "{error}");
    assert_eq!(server.requests().len(), 1);
}
