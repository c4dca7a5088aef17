//! Answers and signatures as the services' documentation shows them.

use aws_credential_types::Credentials;
use reqwest::header::{HeaderMap, HeaderValue};

use super::{Service, host, refusal, rows, signature};
use crate::aws::Standing;
use crate::sources::http::Response;

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>
const STACKS: &str = r#"<?xml version="1.0"?>
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStacksResult><Stacks>
    <member>
      <StackName>hotels</StackName>
      <Outputs>
        <member>
          <Description>WEEKLEDGER_TABLE</Description>
          <OutputKey>Table</OutputKey>
          <OutputValue>hotels-Ledger-1&amp;2</OutputValue>
        </member>
        <member><OutputKey>Bare</OutputKey><OutputValue>x</OutputValue></member>
      </Outputs>
    </member>
  </Stacks></DescribeStacksResult>
  <ResponseMetadata><RequestId>b9b4b068</RequestId></ResponseMetadata>
</DescribeStacksResponse>"#;

#[test]
fn elements_are_read_by_their_path_and_absent_fields_stay_absent() {
    let path = ["DescribeStacksResult", "Stacks", "member", "Outputs", "member"];
    let found = rows(STACKS.as_bytes(), &path, &["OutputValue", "Description"]).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["OutputValue"], "hotels-Ledger-1&2");
    assert_eq!(found[0]["Description"], "WEEKLEDGER_TABLE");
    assert_eq!(found[1].get("Description"), None);
    assert_eq!(rows(b"{}", &path, &[]), None);
}

#[test]
fn a_request_is_signed_for_its_service_and_region_and_hides_its_signature() {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".into()), None, "test");
    let url = host(Service::CloudWatch, "eu-central-1") + "/?Action=DescribeAlarms";
    assert!(url.starts_with("https://monitoring.eu-central-1.amazonaws.com/"), "{url}");
    let headers = signature(&url, Service::CloudWatch, "eu-central-1", credentials).unwrap();
    let authorization = headers["authorization"].to_str().unwrap();
    assert!(authorization.contains("/eu-central-1/monitoring/aws4_request"), "{authorization}");
    assert!(authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token"));
    assert_eq!(headers["x-amz-security-token"], "token");
    assert!(headers.values().all(HeaderValue::is_sensitive), "{headers:?}");
}

#[test]
fn both_shapes_of_a_refusal_give_its_code() {
    let answer = |status, kind: Option<&'static str>, body: &str| {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert("x-amzn-errortype", HeaderValue::from_static(kind));
        }
        refusal("X Y", &Response { status, headers, body: body.as_bytes().to_vec() })
    };
    let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
               <Message>Rate exceeded</Message></Error></ErrorResponse>";
    let throttled = answer(400, None, xml);
    assert_eq!((throttled.code.as_str(), throttled.standing), ("Throttling", Standing::Later));
    assert_eq!(throttled.to_string(), "X Y failed with Throttling: Rate exceeded");
    let missing = answer(404, Some("ResourceNotFoundException:http://x/"), r#"{"message":"no"}"#);
    assert_eq!(missing.code, "ResourceNotFoundException");
    let typed = answer(403, None, r#"{"__type":"com.amazon#AccessDeniedException"}"#);
    assert_eq!((typed.code.as_str(), typed.standing), ("AccessDeniedException", Standing::Refused));
    assert_eq!(answer(503, None, "<html>").code, "HTTP 503");
}
