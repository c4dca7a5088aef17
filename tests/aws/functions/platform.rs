//! What Lambda and EventBridge do between the functions: messages of the bus's rules are handed to
//! the function they are for, failed invocations are retried twice, and what is given up then goes
//! to `watch` in the envelope of the failure queue.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::runtime::{Answer, Process};
use super::stack::{ROUTES, Stack, now};

pub struct Platform<'s> {
    stack: &'s Stack,
    processes: BTreeMap<&'static str, Process>,
    /// Of one invocation.
    pub time: Duration,
    /// How often each message is delivered.
    pub copies: u32,
    /// Every message so far, by function.
    pub delivered: Vec<(&'static str, Value)>,
    /// Answers so far, by function.
    pub answers: Vec<(&'static str, Answer)>,
}

/// As in an account, without the minutes between.
const ATTEMPTS: u32 = 3;

impl<'s> Platform<'s> {
    pub fn new(stack: &'s Stack) -> Self {
        Self {
            stack,
            processes: BTreeMap::new(),
            time: Duration::from_secs(300),
            copies: 1,
            delivered: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// The running process of a function; a dead one is replaced, as an account does.
    pub fn process(&mut self, function: &'static str) -> &Process {
        if !self.processes.get(function).is_some_and(Process::is_alive) {
            self.processes.insert(function, self.stack.start(function));
        }
        &self.processes[function]
    }

    /// One attempt.
    pub fn invoke(&mut self, function: &'static str, input: &Value) -> Answer {
        let (stack, time) = (self.stack, self.time);
        let process = self.process(function);
        stack.aim_at(process);
        let answer = process.invoke(input, time);
        self.answers.push((function, answer.clone()));
        answer
    }

    /// An asynchronous call, with its retries and its failure queue.
    pub fn call(&mut self, function: &'static str, input: &Value) {
        for attempt in 1..=ATTEMPTS {
            let error = match self.invoke(function, input) {
                Answer::Done(_) => return,
                Answer::Failed(error) => error,
                Answer::Died => json!({ "errorType": "Runtime.ExitError", "errorMessage": "?" }),
            };
            if attempt == ATTEMPTS {
                assert_ne!(function, "watch", "{error}");
                let batch = failure_batch(input, &error);
                self.call("watch", &batch);
            }
        }
    }

    /// Carries messages from the rules to the functions until no more come.
    pub fn carry(&mut self) {
        let mut quiet = 0;
        while quiet < 3 {
            let mut any = false;
            for (function, _) in ROUTES {
                for message in self.stack.take(function) {
                    any = true;
                    self.delivered.push((function, message.clone()));
                    for _ in 0..self.copies {
                        self.call(function, &message);
                    }
                }
            }
            quiet = if any { 0 } else { quiet + 1 };
            if !any {
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// A batch of the failure queue with one record.
pub fn failure_batch(input: &Value, error: &Value) -> Value {
    let record = json!({
        "version": "1.0",
        "timestamp": now().to_string(),
        "requestContext": {
            "requestId": "r-1", "functionArn": "arn:aws:lambda:us-east-1:1:function:x",
            "condition": "RetriesExhausted", "approximateInvokeCount": ATTEMPTS,
        },
        "requestPayload": input,
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST" },
        "responsePayload": error,
    });
    batch(&record, &json!({}))
}

/// A batch of one message of a queue.
pub fn batch(body: &Value, attributes: &Value) -> Value {
    json!({ "Records": [{
        "messageId": "m-1",
        "receiptHandle": "h",
        "body": body.to_string(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": now().as_millisecond().to_string(),
        },
        "messageAttributes": attributes,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:1:failures",
        "awsRegion": "us-east-1",
    }] })
}
