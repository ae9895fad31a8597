use serde_json::{Map, Value};

/// Lays one object over another: what both have as objects is merged in turn, else the upper wins.
pub(crate) fn deep(lower: &mut Map<String, Value>, upper: &Map<String, Value>) {
    for (key, value) in upper {
        match (lower.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => deep(below, above),
            _ => {
                lower.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_are_merged_and_anything_else_is_replaced() {
        let mut lower = json!({"a": {"x": 1, "y": [1]}, "b": 1, "c": {"z": 1}});
        let upper = json!({"a": {"y": [2]}, "b": {"w": 1}, "c": null});
        deep(lower.as_object_mut().unwrap(), upper.as_object().unwrap());
        let merged = json!({"a": {"x": 1, "y": [2]}, "b": {"w": 1}, "c": null});
        assert_eq!(lower, merged);
    }
}
