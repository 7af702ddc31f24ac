//! What the service answers, as it is on the wire.

use serde_json::{Value, json};

pub(crate) fn token() -> String {
    json!({
        "meta": {"validationUrl": "https://auth.anaplan.com/token/validate"},
        "status": "SUCCESS",
        "statusMessage": "Login successful",
        "tokenInfo": {
            "expiresAt": 4_102_444_800_000_i64,
            "tokenId": "0b7ef9f2-0f3c-11f1-9f5b-0a58a9feac02",
            "tokenValue": "token",
            "refreshTokenId": "0b7ef9f2-0f3c-11f1-9f5b-0a58a9feac03",
        },
    })
    .to_string()
}

pub(crate) fn run_status() -> String {
    json!({
        "status": {"code": 200, "message": "Success"},
        "run": {
            "id": "91a01d97958d44baaa58ad8a3d45804e",
            "integrationId": "152b8666a0234754afc36f1cde0fd9d2",
            "traceId": "7b562956986244d789de52acd06c9205",
            "startDate": "2026-08-11T18:07:06.000Z",
            "endDate": "2026-08-11T18:07:51.000Z",
            "success": true,
            "message": "Success",
            "creationDate": "2026-08-11T18:07:06.000Z",
            "modificationDate": "2026-08-11T18:07:51.000Z",
            "createdBy": "Jane Roe",
            "modifiedBy": "Jane Roe",
            "executionErrorCode": null,
            "flowGroupId": null,
            "triggerSource": "scheduled",
        },
    })
    .to_string()
}

/// A page of a list of integrations.
pub(crate) fn integrations(total: usize, offset: usize, limit: usize) -> String {
    let end = total.min(offset + limit);
    let items: Vec<_> = (offset..end).map(integration).collect();
    json!({
        "status": {"code": 200, "message": "Success"},
        "meta": {"paging": {"totalSize": total, "currentPageSize": items.len(), "offset": offset}},
        "integrations": items,
    })
    .to_string()
}

pub(crate) fn integration(n: usize) -> Value {
    json!({
        "integrationId": format!("e5f6a1b2c3d4e5f6a1b2c3d4{n:08x}"),
        "name": format!("Sales actuals, region {n}"),
        "integrationType": "Import",
        "workspaceId": "8a80db657068fef01718955f3b3390bb",
        "modelId": "E559BFF3B1FD4ABE874F745BEE259711",
        "createdBy": "John Smith",
        "creationDate": "2025-09-29T01:31:16.000Z",
        "modificationDate": "2025-09-29T01:31:26.000Z",
        "modifiedBy": "John Smith",
        "latestRun": {
            "triggeredBy": "John Smith",
            "startDate": "2026-09-28T23:09:31.000Z",
            "endDate": "2026-09-28T23:13:07.000Z",
            "success": true,
            "message": "Success",
            "executionErrorCode": null,
            "triggerSource": "scheduled",
        },
        "notificationId": format!("f6a1b2c3d4e5f6a1b2c3d4e5{n:08x}"),
        "nuxVisible": false,
        "schedule": {
            "name": "every weekend", "type": "weekly", "time": "12:45", "daysOfWeek": [0, 6],
            "startDate": "2026-07-03", "endDate": "2026-12-01", "timezone": "Europe/Paris",
            "status": "Active",
        },
    })
}

/// A page of the history of an integration's runs, without its envelope.
pub(crate) fn run_history(runs: usize) -> String {
    let run = |n: usize| {
        json!({
            "id": format!("91a01d97958d44baaa58ad8a{n:08x}"),
            "triggeredBy": "Jane Roe",
            "lastRun": "2026-06-19T01:31:21.000Z",
            "startDate": "2026-06-19T01:30:16.000Z",
            "endDate": "2026-06-19T01:31:21.000Z",
            "success": true,
            "message": "Success",
            "executionErrorCode": null,
            "traceId": format!("7b562956986244d789de52ac{n:08x}"),
            "triggerSource": "scheduled",
        })
    };
    json!({
        "integrationId": "152b8666a0234754afc36f1cde0fd9d2",
        "name": "Sales actuals",
        "integrationType": "Process",
        "processId": "118000000001",
        "version": "2.0",
        "workspaceId": "8a80db657068fef01718955f3b3390bb",
        "modelId": "E559BFF3B1FD4ABE874F745BEE259711",
        "creationDate": "2026-06-01T00:00:00.000Z",
        "modificationDate": "2026-06-02T00:00:00.000Z",
        "createdBy": "Jane Roe",
        "modifiedBy": "Jane Roe",
        "status": 1,
        "notificationId": "f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c4",
        "runs": (0..runs).map(run).collect::<Vec<_>>(),
        "totalRuns": runs,
    })
    .to_string()
}

/// A flow, without its envelope.
pub(crate) fn flow(steps: usize) -> String {
    let id = |n: usize| format!("840ccd8a279a454d99577d95{n:08x}");
    let step = |n: usize| {
        json!({
            "referrer": id(n),
            "name": format!("Sales actuals, region {n}"),
            "type": "Import",
            "createdBy": "Jane Roe",
            "createdDate": "2026-05-10T19:29:44.000Z",
            "modifiedDate": "2026-05-10T19:29:44.000Z",
            "modifiedBy": "Jane Roe",
            "modelId": "E559BFF3B1FD4ABE874F745BEE259711",
            "workspaceId": "8a80db657068fef01718955f3b3390bb",
            "dependsOn": n.checked_sub(1).map(id).into_iter().collect::<Vec<_>>(),
            "isSkipped": false,
            "exceptionBehavior": [
                {"type": "failure", "strategy": "stop"},
                {"type": "partial_success", "strategy": "continue"},
            ],
            "accessible": true,
            "latestRun": {
                "triggeredBy": "Jane Roe",
                "startDate": "2026-05-10T19:29:44.000Z",
                "endDate": "2026-05-10T19:30:44.000Z",
                "success": true,
                "message": "Success",
                "executionErrorCode": null,
                "triggerSource": "scheduled_inf",
            },
        })
    };
    json!({
        "id": "152b8666a0234754afc36f1cde0fd9d2",
        "name": "Month end",
        "version": "2.0",
        "steps": (0..steps).map(step).collect::<Vec<_>>(),
    })
    .to_string()
}
