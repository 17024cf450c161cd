//! Floods by frames of HTTP/2, RFC 9113, that are written by hand.

use super::{Rest, has, refuses};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
/// Of no kind that there is.
const GREASE: u8 = 0xb;

/// How the frame begins by which the service ends a connection.
const GOAWAY: &[u8] = b"\x07\0\0\0\0\0";

const PROTOCOL_ERROR: u8 = 1;
const FLOW_CONTROL_ERROR: u8 = 3;

const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `GET /good?ms=0` by the static table, and its path as it stands: RFC 7541.
const GET: &[u8] = b"\x82\x86\x04\x0a/good?ms=0\x01\x07service";

/// `POST`, to the same path.
const POST: &[u8] = b"\x83\x86\x04\x0a/good?ms=0\x01\x07service";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame");
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

fn begin() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// How the answer to a ping begins.
fn pong() -> Vec<u8> {
    frame(PING, ACK, 0, &[0; 8])[..9].to_vec()
}

/// A flood of `piece` is taken in, and so is a ping behind it. `answer` is in what the service
/// says as often as `count` makes of the number of pieces.
fn takes_in(piece: &[u8], answer: &[u8], count: fn(usize) -> usize) {
    let rest = Rest {
        end: &frame(PING, 0, 0, b"the last"),
        last: &frame(PING, ACK, 0, b"the last"),
        answer,
    };
    super::takes_in(&begin(), piece, rest, count);
}

/// Whether the service said that it ends the connection, and why.
fn goes_away(said: &[u8], code: u8) -> bool {
    let mut frames = said.windows(GOAWAY.len() + 8);
    frames.any(|frame| {
        let payload = frame.strip_prefix(GOAWAY);
        payload.is_some_and(|payload| payload[4..] == [0, 0, 0, code])
    })
}

#[test]
fn resets_in_a_row_are_refused() {
    let mut begun = begin();
    for stream in (1..200_000).step_by(2) {
        begun.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, GET));
        begun.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    }
    refuses(&begun, &frame(PING, 0, 0, &[0; 8]).repeat(100), |said| {
        has(said, b"too_many_resets")
    });
}

#[test]
fn requests_that_have_to_be_reset_are_refused() {
    // Each takes the window away from under itself.
    let mut begun = begin();
    for stream in (1..200_000).step_by(2) {
        begun.extend(frame(HEADERS, END_HEADERS, stream, POST));
        begun.extend(frame(WINDOW_UPDATE, 0, stream, &[0; 4]));
    }
    refuses(&begun, &frame(PING, 0, 0, &[0; 8]).repeat(100), |said| {
        goes_away(said, PROTOCOL_ERROR)
    });
}

#[test]
fn settings_without_end_are_acknowledged_and_no_more() {
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff]);
    // And those of the beginning.
    let answer = frame(SETTINGS, ACK, 0, &[]);
    takes_in(&settings, &answer, |settings| settings + 1);
}

#[test]
fn pings_without_end_are_answered_and_no_more() {
    // And the last.
    takes_in(&frame(PING, 0, 0, &[7; 8]), &pong(), |pings| pings + 1);
}

#[test]
fn a_header_that_is_continued_without_end_is_refused() {
    let begun = [begin(), frame(HEADERS, END_STREAM, 1, GET)].concat();
    let more = frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y");
    refuses(&begun, &more.repeat(1000), |said| {
        has(said, b"too_many_continuations")
    });
}

#[test]
fn a_header_that_is_continued_by_nothing_without_end_is_refused() {
    let begun = [begin(), frame(HEADERS, END_STREAM, 1, GET)].concat();
    refuses(
        &begun,
        &frame(CONTINUATION, 0, 1, b"").repeat(1000),
        |said| has(said, b"too_many_continuations"),
    );
}

#[test]
fn a_header_that_names_one_long_field_again_and_again_is_refused() {
    // 3,900 bytes are put into the table once, and named by one byte each time.
    let mut bomb = GET.to_vec();
    bomb.extend(b"\x40\x01x\x7f\xbd\x1d");
    bomb.extend([b'y'; 3900]);
    bomb.extend([0xbe; 10_000]);
    let begun = [begin(), frame(HEADERS, END_STREAM | END_HEADERS, 1, &bomb)].concat();
    let again = frame(HEADERS, END_STREAM | END_HEADERS, 1, &bomb);
    refuses(&begun, &again, |said| {
        has(said, b"header_list_way_too_large")
    });
}

#[test]
fn empty_pieces_of_a_body_without_end_are_refused() {
    let begun = [begin(), frame(HEADERS, END_HEADERS, 1, POST)].concat();
    refuses(&begun, &frame(DATA, 0, 1, &[]).repeat(1000), |said| {
        has(said, b"too_many_data_frames")
    });
}

#[test]
fn priorities_without_end_are_passed_over() {
    let priority = frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 7]);
    // The answer is to the ping behind them.
    takes_in(&priority, &pong(), |_| 1);
}

#[test]
fn windows_that_grow_beyond_all_bounds_are_refused() {
    let grows = frame(WINDOW_UPDATE, 0, 0, &0x00ff_ffff_u32.to_be_bytes());
    refuses(&begin(), &grows.repeat(1000), |said| {
        goes_away(said, FLOW_CONTROL_ERROR)
    });
}

#[test]
fn frames_of_no_kind_are_passed_over() {
    // The answer is to the ping behind them.
    takes_in(&frame(GREASE, 0, 0, &[0; 100]), &pong(), |_| 1);
}
