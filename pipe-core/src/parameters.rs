//! The parameters of steps: values that are part of keys.

use std::any::Any;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::secret::{Secret, SecretKey};
use crate::step::StepError;

/// The parameters of a step, by name, in canonical form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    values: BTreeMap<String, serde_json::Value>,
    /// Digests of the secrets; what they are is kept nowhere.
    secrets: BTreeMap<String, String>,
    key: Option<SecretKey>,
}

impl Parameters {
    /// None yet; secrets are digested with this key.
    pub(crate) fn with_key(key: &SecretKey) -> Self {
        Self {
            key: Some(key.clone()),
            ..Self::default()
        }
    }

    /// Adds a parameter: anything that can be serialised, or a [`Secret`] of it.
    ///
    /// # Errors
    ///
    /// When the value cannot be serialised.
    pub fn add<T: Parameter>(&mut self, name: &str, value: &T) -> Result<(), StepError> {
        value.add_to(self, name)
    }

    /// The values by name, without secrets.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<String, serde_json::Value> {
        &self.values
    }

    /// The values, and the digests of the secrets, by name.
    pub(crate) fn into_parts(
        self,
    ) -> (
        BTreeMap<String, serde_json::Value>,
        BTreeMap<String, String>,
    ) {
        (self.values, self.secrets)
    }
}

/// A value that can be a parameter of a step: anything that can be serialised, or a [`Secret`] of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a step",
    label = "no value that can be part of a key",
    note = "write `#[derive(serde::Serialize)]` above its type"
)]
pub trait Parameter {
    /// Adds it under a name.
    ///
    /// # Errors
    ///
    /// When it cannot be serialised.
    #[doc(hidden)]
    fn add_to(&self, parameters: &mut Parameters, name: &str) -> Result<(), StepError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Parameter for T {
    fn add_to(&self, parameters: &mut Parameters, name: &str) -> Result<(), StepError> {
        let value = in_json(self)
            .map_err(|error| format!("parameter `{name}` cannot be serialised: {error}"))?;
        parameters.values.insert(name.to_owned(), value);
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Parameter for Secret<T> {
    fn add_to(&self, parameters: &mut Parameters, name: &str) -> Result<(), StepError> {
        // The cause may name the value.
        let value = in_json(self.expose())
            .map_err(|_| format!("secret parameter `{name}` cannot be serialised"))?;
        let digest = match &parameters.key {
            Some(key) => key.digest(name, &crate::key::canonical(&value)),
            // Nothing keeps others from trying out values: the digest would give it away.
            None => self.to_string(),
        };
        parameters.secrets.insert(name.to_owned(), digest);
        Ok(())
    }
}

fn in_json<T: Serialize + 'static>(value: &T) -> serde_json::Result<serde_json::Value> {
    match not_finite(value) {
        Some(text) => Ok(serde_json::Value::String(text)),
        None => serde_json::to_value(value),
    }
}

/// JSON has no NaN and no infinities and would write `null` for all of them: one key for different
/// values. Inside of larger values they still are.
fn not_finite(value: &dyn Any) -> Option<String> {
    let float = value
        .downcast_ref::<f64>()
        .copied()
        .or_else(|| value.downcast_ref::<f32>().map(|&float| f64::from(float)))
        .or_else(|| value.downcast_ref::<Option<f64>>().copied().flatten())
        .or_else(|| {
            value
                .downcast_ref::<Option<f32>>()
                .copied()
                .flatten()
                .map(f64::from)
        })?;
    (!float.is_finite()).then(|| float.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_floats_are_one_parameter() {
        let value = |float: Option<f64>| {
            let mut parameters = Parameters::default();
            parameters.add("x", &float).expect("a parameter");
            parameters.values()["x"].to_string()
        };
        let values = [
            Some(1.5),
            Some(f64::NAN),
            Some(f64::INFINITY),
            Some(f64::NEG_INFINITY),
            None,
        ];
        assert_eq!(
            values.map(value),
            ["1.5", "\"NaN\"", "\"inf\"", "\"-inf\"", "null"]
        );
    }
}
