//! A buffer that knows how far it is filled, and a vector that grows by what was read.

use super::*;

#[test]
fn what_is_put_is_filled_and_what_is_left_is_zero() {
    let mut bytes = [MaybeUninit::uninit(); 8];
    let mut buffer = ReadBuf::uninit(&mut bytes);
    buffer.put_slice(b"tea");
    assert_eq!((buffer.filled(), buffer.remaining()), (&b"tea"[..], 5));
    buffer.initialize_unfilled_to(2)[0] = b'!';
    buffer.advance(1);
    assert_eq!(buffer.filled(), b"tea!");
    assert_eq!(buffer.initialized(), b"tea!\0");
    buffer.clear();
    assert_eq!(buffer.initialize_unfilled(), b"tea!\0\0\0\0");
}

#[test]
fn a_part_that_is_taken_fills_nothing_until_it_is_counted() {
    let mut bytes = [MaybeUninit::uninit(); 8];
    let mut buffer = ReadBuf::uninit(&mut bytes);
    buffer.put_slice(b"one ");
    let mut part = buffer.take(3);
    assert_eq!((part.capacity(), part.filled()), (3, &b""[..]));
    part.put_slice(b"tea");
    assert_eq!(buffer.take(99).capacity(), 4);
    assert_eq!(
        (buffer.filled(), buffer.initialized().len()),
        (&b"one "[..], 4)
    );
    // SAFETY: the part has written these three.
    unsafe { buffer.assume_init(3) };
    assert_eq!(
        (buffer.filled(), buffer.initialized()),
        (&b"one "[..], &b"one tea"[..])
    );
    buffer.initialized_mut()[0] = b'O';
    buffer.advance(3);
    assert_eq!(buffer.filled(), b"One tea");
}

#[test]
#[should_panic(expected = "only 3 are initialised")]
fn bytes_that_nobody_wrote_do_not_count_as_filled() {
    let mut bytes = [MaybeUninit::uninit(); 8];
    let mut buffer = ReadBuf::uninit(&mut bytes);
    buffer.put_slice(b"tea");
    buffer.advance(1);
}

#[test]
#[should_panic(expected = "4 bytes don't fit into a ReadBuf with room for 3")]
fn more_than_there_is_room_for_is_refused() {
    ReadBuf::new(&mut [0; 3]).put_slice(b"cafe");
}

#[test]
fn a_vector_grows_by_what_was_read_and_no_more_than_the_limit() {
    let mut bytes = Vec::with_capacity(64);
    bytes.push(b'>');
    let room = append(&mut bytes, 5, |buffer| {
        buffer.put_slice(b"tea");
        buffer.capacity()
    });
    assert_eq!((room, &bytes[..]), (5, &b">tea"[..]));
}

#[test]
#[should_panic(expected = "another buffer in the place")]
fn a_buffer_put_in_the_place_of_the_vectors_is_found_out() {
    let mut bytes = Vec::with_capacity(1);
    append(&mut bytes, 1, |buffer| {
        *buffer = ReadBuf::new(Vec::leak(vec![7; 64]));
        buffer.advance(64);
    });
}

#[test]
#[should_panic(expected = "another buffer in the place")]
fn a_buffer_that_begins_where_there_was_no_room_is_found_out() {
    let memory = Vec::leak(vec![7; 64]);
    let (room, behind) = memory.split_at_mut(0);
    // SAFETY: a byte of a `MaybeUninit` may be anything, and there are none.
    let room = unsafe { &mut *(room as *mut [u8] as *mut [MaybeUninit<u8>]) };
    fill(room, |buffer| {
        *buffer = ReadBuf::new(behind);
        buffer.advance(64);
    });
}
