//! The check of a signature, version 4, by the steps that AWS publishes ("Create a signed AWS API
//! request"), and by none of its libraries.

use std::collections::BTreeMap;

use weekledger_events::Digest;

/// A request as it arrived.
pub struct Received<'a> {
    pub method: &'a str,
    /// Of plain letters, digits and `/-.`, so that nothing in it has to be encoded.
    pub path: &'a str,
    /// Sorted, as it stands in the address.
    pub query: &'a str,
    /// Names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    pub body: &'a [u8],
}

/// What an `authorization` header says.
#[derive(Debug)]
pub struct Claimed {
    pub key_id: String,
    /// `20150830`
    pub day: String,
    pub region: String,
    pub service: String,
    pub signed: Vec<String>,
    pub signature: String,
}

impl Claimed {
    pub fn read(authorization: &str) -> Option<Self> {
        let rest = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let parts: BTreeMap<&str, &str> =
            rest.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let scope: Vec<&str> = parts.get("Credential")?.split('/').collect();
        let [key_id, day, region, service, "aws4_request"] = scope[..] else { return None };
        Some(Self {
            key_id: key_id.to_owned(),
            day: day.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed: parts.get("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: (*parts.get("Signature")?).to_owned(),
        })
    }
}

/// Step 1.
pub fn canonical(request: &Received<'_>, signed: &[String]) -> String {
    let header = |name: &String| {
        let value = request.headers.get(name).map_or("", |value| value.trim());
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{name}:{value}\n")
    };
    [
        request.method,
        request.path,
        request.query,
        &signed.iter().map(header).collect::<String>(),
        &signed.join(";"),
        &Digest::of(request.body).to_string(),
    ]
    .join("\n")
}

/// Steps 2 to 4.
pub fn signature(secret: &str, request: &Received<'_>, claimed: &Claimed) -> String {
    let Claimed { day, region, service, signed, .. } = claimed;
    let text = [
        "AWS4-HMAC-SHA256",
        request.headers.get("x-amz-date").map_or("", String::as_str),
        &format!("{day}/{region}/{service}/aws4_request"),
        &Digest::of(canonical(request, signed).as_bytes()).to_string(),
    ]
    .join("\n");
    hex(&hmac(&key(secret, day, region, service), text.as_bytes()))
}

fn key(secret: &str, day: &str, region: &str, service: &str) -> [u8; 32] {
    let day = hmac(format!("AWS4{secret}").as_bytes(), day.as_bytes());
    let region = hmac(&day, region.as_bytes());
    let service = hmac(&region, service.as_bytes());
    hmac(&service, b"aws4_request")
}

/// RFC 2104, with SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&sha256(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = sha256(&[&padded(0x36)[..], text].concat());
    sha256(&[&padded(0x5c)[..], &inner].concat())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digits = Digest::of(bytes).to_string();
    let byte = |at: usize| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap();
    std::array::from_fn(byte)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 4231, test case 2.
#[test]
fn the_hash_based_code_of_the_rfc_is_reproduced() {
    let code = hex(&hmac(b"Jefe", b"what do ya want for nothing?"));
    assert_eq!(code, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/// "Examples of how to derive a signing key for Signature Version 4", and the request of "Examples
/// of signed requests": its canonical form, the digest of that and the signature are published.
#[test]
fn the_example_that_aws_publishes_is_reproduced() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    assert_eq!(
        hex(&key(secret, "20150830", "us-east-1", "iam")),
        "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    );
    let headers = [
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("host", "iam.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let request = Received {
        method: "GET",
        path: "/",
        query: "Action=ListUsers&Version=2010-05-08",
        headers: &headers,
        body: b"",
    };
    let signature_published = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let claimed = Claimed::read(&format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={signature_published}"
    ))
    .unwrap();
    assert_eq!(
        Digest::of(canonical(&request, &claimed.signed).as_bytes()).to_string(),
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    );
    assert_eq!(signature(secret, &request, &claimed), signature_published);
    let other = Received { body: b"x", ..request };
    assert_ne!(signature(secret, &other, &claimed), signature_published);
}
