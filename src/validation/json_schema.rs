//! JSON Schemas of the tables, for editors.

use serde_json::{Map, Value, json};

use super::Input;
use super::table_types::{Field, Object, Shape, snake_case};

/// The schema of an input. It knows shapes only; the rules beyond are the validator's.
pub(crate) fn of<I: Input>() -> schemars::Schema {
    let bare = value(I::SHAPE);
    let schema = match I::WRAPPED {
        Some((_, wrapped)) => json!({"anyOf": [bare, value(wrapped)]}),
        None => bare,
    };
    with_schema_field(schema).try_into().unwrap_or_default()
}

/// Lets a payload file name its schema.
fn with_schema_field(mut schema: Value) -> Value {
    if let Some(variants) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        variants
            .iter_mut()
            .for_each(|variant| *variant = with_schema_field(variant.take()));
    } else {
        schema["properties"]["$schema"] = json!({"type": "string"});
    }
    schema
}

fn value(shape: &Shape) -> Value {
    match shape {
        Shape::Text | Shape::Secret | Shape::Id => json!({"type": "string", "pattern": "\\S"}),
        Shape::NumericId => {
            json!({"type": ["string", "integer"], "pattern": "\\S", "minimum": 0})
        }
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Integer(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Date => json!({"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}),
        Shape::Time => json!({"type": "string", "pattern": "^([01]\\d|2[0-3]):[0-5]\\d$"}),
        Shape::List(item, (min, max), _) => {
            let mut list = json!({"type": "array", "items": value(item), "minItems": min});
            if *max < usize::MAX {
                list["maxItems"] = json!(max);
            }
            list
        }
        Shape::Object(object) => self::object(object),
        Shape::Union(union) => {
            let variants: Vec<Value> = union
                .variants
                .iter()
                .map(|(_, variant)| self::object(variant))
                .collect();
            json!({"anyOf": variants})
        }
    }
}

fn object(object: &Object) -> Value {
    let mut properties = Map::new();
    let (mut required, mut either) = (Vec::new(), Vec::new());
    for field in object.fields {
        let mut schema = value(&field.shape);
        schema["description"] = field.doc.into();
        if let Some(other) = other_name(object, field) {
            properties.insert(other, schema.clone());
        }
        properties.insert(field.name.to_owned(), schema);
        match other_name(object, field) {
            _ if !field.required => {}
            None => required.push(field.name),
            Some(other) => either.push(json!({
                "anyOf": [{"required": [field.name]}, {"required": [other]}],
            })),
        }
    }
    properties.extend(
        object
            .ignored
            .iter()
            .map(|name| ((*name).to_owned(), json!(true))),
    );
    let mut schema = json!({
        "type": "object",
        "description": object.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if !either.is_empty() {
        schema["allOf"] = either.into();
    }
    schema
}

fn other_name(object: &Object, field: &Field) -> Option<String> {
    let snake = || snake_case(field.name).filter(|_| object.snake_case);
    field.alias.map(str::to_owned).or_else(snake)
}
