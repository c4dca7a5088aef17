//! Disks that are full or read-only. They are small ones in memory, mounted where only the
//! program under test sees them; a system that forbids that has nothing to test them on.

use std::process::Command;

use crate::desk::{Desk, Said};

/// Runs a shell script in a world of mounts of its own; `$DISK` is a folder to mount on, and
/// `weekledger` the program on this desk, which may not wait for anything. `None` where mounting
/// is forbidden.
async fn script(desk: &Desk, size: &str, text: &str) -> Option<Said> {
    let probe = "mount -t tmpfs tmpfs \"$1\"";
    let disk = desk.folder().join("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let isolated = |text: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", text, "sh"]).arg(&disk);
        command
    };
    if !isolated(probe).output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    let text = format!(
        "DISK=$1; mount -t tmpfs -o size={size} tmpfs $DISK; weekledger() {{ timeout 50 {} \"$@\"; }}; {text}",
        desk.command_line("\"$DISK\"/data")
    );
    let mut command = isolated(&text);
    desk.give_tokens(&mut command);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    Some(Said {
        exit: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    })
}

#[tokio::test]
async fn a_full_disk_stops_a_run_at_once_with_its_name_and_a_second_run_completes_the_week() {
    for size in ["64k", "200k", "900k", "1500k", "2m", "3m"] {
        let desk = Desk::new().await;
        let text = "weekledger run; first=$?; mount -o remount,size=40m tmpfs $DISK; \
                    weekledger run --json >&2; echo \"$first $?\"; \
                    ls $DISK/data/outbox/weekly/2026-W47/*.eml | wc -l; \
                    weekledger verify --all > /dev/null; echo $?; exit 0";
        let Some(said) = script(&desk, size, text).await else { return };
        let codes: Vec<&str> = said.stdout.lines().rev().take(3).collect();
        let told = format!("{size}: {} {}", said.stdout, said.stderr);
        assert_eq!(codes, ["0", "2", "1 0"], "{told}");
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(all.contains("disk/data") && all.contains("KiB are free"), "{told}");
        assert!(all.contains("free space there"), "{told}");
    }
}

#[tokio::test]
async fn a_read_only_data_directory_can_be_read_by_every_command_that_reads() {
    let desk = Desk::new().await;
    let text = "weekledger run > /dev/null; mount -o remount,ro tmpfs $DISK; \
                for c in status figures 'verify --all' 'show 2026-W47 --text' 'audit 2026-W47' \
                'rebuild --check'; do weekledger $c > /dev/null || echo \"$c\"; done; \
                weekledger run; echo $?";
    let Some(said) = script(&desk, "40m", text).await else { return };
    assert_eq!(said.stdout, "2\n", "{}", said.stderr);
    assert!(said.stderr.contains("is read-only; commands that only read work"), "{}", said.stderr);
}
