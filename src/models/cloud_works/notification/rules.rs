//! The fields and the rules of notification configurations.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{NotificationChannel, NotificationConfigInput, NotificationType};
use crate::validation::{Field, Object, ProblemKind, Shape, Walk, WarningKind, inputs};

static NOTIFICATION: Object = Object::new(
    "Who is notified how of the runs of an integration.",
    &[
        Field::required(
            "integrationIds",
            Shape::List(&Shape::Id, (1, 1), "integration"),
            "The integration.",
        ),
        Field::required(
            "channels",
            Shape::List(
                &Shape::Word(NotificationChannel::WORDS),
                (0, usize::MAX),
                "channel",
            ),
            "The ways in which people are notified.",
        ),
        Field::required(
            "notifications",
            Shape::Object(&RULES),
            "Who is notified of what.",
        ),
    ],
)
.read_only(&["notificationId"])
.rules(|config, walk| {
    let Some(channels) = config.get("channels").and_then(Value::as_array) else {
        return;
    };
    if channels.is_empty() {
        walk.warning(
            "channels",
            WarningKind::NoEffect,
            "without a channel, nobody is notified",
        );
    }
    walk.warn_of_repeated("channels", channels, "this channel is here twice");
});

static RULES: Object = Object::new(
    "Who is notified of what.",
    &[Field::required(
        "config",
        Shape::List(&Shape::Object(&RULE), (1, usize::MAX), "outcome"),
        "A rule for each outcome.",
    )],
)
.rules(each_outcome_once);

static RULE: Object = Object::new(
    "Who is notified of one outcome.",
    &[
        Field::required("type", Shape::Word(NotificationType::WORDS), "The outcome."),
        Field::required(
            "users",
            Shape::List(&Shape::Id, (1, 5), "user"),
            "The ids of the users.",
        ),
    ],
)
.rules(|rule, walk| {
    if let Some(users) = rule.get("users").and_then(Value::as_array) {
        walk.warn_of_repeated("users", users, "this user is here twice");
        for (i, user) in users.iter().enumerate() {
            if user.as_str().is_some_and(|user| user.contains('@')) {
                let message = "looks like an e-mail address, expected the id of a user";
                walk.warning(&format!("users[{i}]"), WarningKind::UnusualId, message);
            }
        }
    }
});

inputs! {
    NotificationConfigInput => Shape::Object(&NOTIFICATION);
}

fn each_outcome_once(rules: &Map<String, Value>, walk: &mut Walk) {
    let mut seen = HashSet::new();
    let rules = rules.get("config").and_then(Value::as_array);
    for (i, rule) in rules.into_iter().flatten().enumerate() {
        let Some(outcome) = rule.get("type").and_then(Value::as_str) else {
            continue;
        };
        if !seen.insert(outcome) {
            let message = format!("`{outcome}` is here twice");
            walk.problem(&format!("config[{i}].type"), ProblemKind::Conflict, message);
        }
    }
}
