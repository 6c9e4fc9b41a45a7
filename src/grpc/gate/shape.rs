//! What kind of exchange each method is, read from the descriptors: the one place that says which
//! calls may stay open.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};

use crate::grpc::v1;

/// How the messages of a method go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::grpc) enum Shape {
    /// One request; it ends by itself.
    Call,
    /// The caller sends a stream, and ends it.
    Talk,
    /// One request, and a stream of responses that ends when somebody has had enough.
    Watch,
}

/// A method by name.
#[derive(Debug)]
pub(in crate::grpc) struct Method {
    /// The full name of its service.
    pub(in crate::grpc) service: String,
    /// Its own.
    pub(in crate::grpc) name: String,
    pub(in crate::grpc) shape: Shape,
}

/// The service that an orchestrator asks whether the broker is well.
const HEALTH: &str = "grpc.health.v1.Health";

impl Method {
    /// Whether it tells of the broker's health.
    pub(in crate::grpc) fn is_of_health(&self) -> bool {
        self.service == HEALTH
    }
}

/// Every method that the server has, by path.
static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
    let sets = [
        v1::FILE_DESCRIPTOR_SET,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ];
    sets.into_iter().flat_map(methods).collect()
});

/// The method at a path; none if there is no such method.
pub(in crate::grpc) fn method(path: &str) -> Option<&'static Method> {
    METHODS.get(path)
}

fn methods(set: &[u8]) -> Vec<(String, Method)> {
    let set = FileDescriptorSet::decode(set).expect("the build made these descriptors");
    let mut found = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let full = format!("{}.{}", file.package(), service.name());
            for method in &service.method {
                let path = format!("/{full}/{}", method.name());
                let method = Method {
                    service: full.clone(),
                    name: method.name().to_owned(),
                    shape: shape(method),
                };
                found.push((path, method));
            }
        }
    }
    found
}

fn shape(method: &MethodDescriptorProto) -> Shape {
    match (method.client_streaming(), method.server_streaming()) {
        (true, _) => Shape::Talk,
        (false, true) => Shape::Watch,
        (false, false) => Shape::Call,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptors_say_what_may_stay_open() {
        let shape = |path: &str| method(path).map(|method| method.shape);
        let rows = [
            ("/askonce.v1.AskService/GetAsk", Some(Shape::Call)),
            ("/askonce.v1.RegistryService/ImportHomes", Some(Shape::Talk)),
            ("/grpc.health.v1.Health/Check", Some(Shape::Call)),
            ("/grpc.health.v1.Health/Watch", Some(Shape::Watch)),
            (
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                Some(Shape::Talk),
            ),
            ("/askonce.v1.AskService/DeleteEverything", None),
        ];
        for (path, expected) in rows {
            assert_eq!(shape(path), expected, "{path}");
        }
    }
}
