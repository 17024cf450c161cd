//! What the service's tasks are called by those who watch it.

use rustix::process::Signal;

use crate::service::Service;

#[test]
fn each_task_of_the_service_has_a_name() {
    let mut service = Service::start_with(&[], &[("BUZZER_TRACE", "story")]);
    let mut client = service.connect();
    let peer = client.stream.local_addr().expect("it is connected");
    client.send(b"GET /nothing HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\r\n");
    assert_eq!(client.answer().status, 404);
    client.assert_closed();
    service.program.signal(Signal::TERM);
    let (status, said) = service.program.wait();
    assert!(status.success(), "{said:#?}");
    let spawned = said.iter().filter_map(|line| line.split_once("spawns #"));
    let names: Vec<_> = spawned
        .map(|(_, task)| task.split_once(" at ").expect("it has a place").0)
        .collect();
    let expected = [
        format!("1 'connection of {peer}'"),
        "2 'second signal'".to_owned(),
    ];
    assert_eq!(names, expected);
}
