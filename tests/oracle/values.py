"""Is what nfpcap says of a field the value that tshark's text shows?"""
import calendar
import ipaddress
import re
import struct
import time

NS = 10**9


def number(text):
    """`17` of `UDP (17)`, `27` of `0x1b, ACK, SYN`, `12` of `12 bytes`, `12ms`, `12 (domain)`."""
    if re.match(r'0x[0-9a-f]+\b', text):
        return int(re.match(r'0x[0-9a-f]+', text).group(), 16)
    found = (re.match(r'(-?\d+)(?=$|[mµ]?s$| bytes$| \()', text) or
             re.search(r'\((-?\d+)\)$', text))
    return int(found.group(1)) if found else None


def octets(text):
    """Hexadecimal digits, with or without blanks; and whether tshark cut them off."""
    digits = re.sub('[ :-]', '', text)
    cut = digits.endswith('…')
    digits = digits.rstrip('…')
    return (digits, cut) if re.fullmatch(r'[0-9a-f]*', digits) else (None, cut)


def utc_ns(text):
    """`Nov 21, 2026 23:34:51.000087000 UTC`"""
    whole, _, fraction = text[:-len(' UTC')].partition('.')
    seconds = calendar.timegm(time.strptime(whole, '%b %d, %Y %H:%M:%S'))
    return seconds * NS + int((fraction + '0' * 9)[:9])


def rfc3339_ns(text):
    """Nanoseconds, and how many of them the last digit stands for."""
    whole, _, fraction = text.rstrip('Z').partition('.')
    seconds = calendar.timegm(time.strptime(whole, '%Y-%m-%dT%H:%M:%S'))
    return seconds * NS + int((fraction + '0' * 9)[:9]), 10**(9 - len(fraction))


def same_time(text, value):
    """
    tshark cuts an NTP fraction after the nanosecond, we round it to the element's own unit
    (RFC 7011 sections 6.1.9 and 6.1.10): less than one unit apart is the same.
    """
    ours, unit = rfc3339_ns(value)
    return abs(utc_ns(text) - ours) < max(unit, 2)


def same_seconds(text, value, unit=10**6):
    """Milliseconds, or another UNIT in ns, since the device started; tshark shows seconds."""
    whole, _, fraction = text[:-len(' seconds')].partition('.')
    return int(whole) * NS + int((fraction + '0' * 9)[:9]) == value * unit


def same_mpls(text, raw):
    """RFC 3032 section 2.1 without the TTL: 20 bits of label, 3 of experimental use, bottom."""
    found = re.fullmatch(r'(\d+) exp-bits: (\d+)( bottom-of-stack)?', text)
    return (found is not None and len(raw) == 6 and
            int(raw, 16) == int(found.group(1)) << 4 | int(found.group(2)) << 1 |
            (found.group(3) is not None))


def same_text(text, value):
    if value == text.rstrip():
        return True
    return text.endswith('…') and value.startswith(text[:-1])


def same_string(text, value):
    """VALUE is a JSON string: an address, a MAC, octets, or text."""
    if re.fullmatch(r'\d{4}-\d\d-\d\dT[\d:.]+Z', value):
        if text.endswith(' UTC'):
            return same_time(text, value)
        ours, unit = rfc3339_ns(value)	# a count since 1970
        return re.fullmatch(r'\d+[mµ]?s', text) is not None and number(text) * unit == ours
    try:
        return ipaddress.ip_address(value) == ipaddress.ip_address(text)
    except ValueError:
        pass
    digits, cut = octets(text)
    if digits is not None and (value == digits or (cut and value.startswith(digits))):
        return True
    return value.replace(':', '') == digits or same_text(text, value)


def reading_of(raw, value):
    """Where tshark has octets alone: is VALUE one of the readings that they allow?"""
    data = bytes.fromhex(raw)
    if isinstance(value, bool):
        return data == (b'\x01' if value else b'\x02')
    if isinstance(value, (int, float)):
        if isinstance(value, int) and int.from_bytes(data, 'big', signed=value < 0) == value:
            return True
        return struct.pack('>f' if len(data) == 4 else '>d', value) == data
    if not isinstance(value, str):
        return False
    if value.startswith('0x') and len(data) > 8:
        return int(value, 16) == int.from_bytes(data, 'big')
    if value == raw or value.replace(':', '') == raw:
        return True
    try:
        if ipaddress.ip_address(value).packed == data:
            return True
    except ValueError:
        pass
    if re.fullmatch(r'\d{4}-\d\d-\d\dT[\d:.]+Z', value):
        ours, unit = rfc3339_ns(value)
        counted = int.from_bytes(data, 'big')
        ntp = ((counted >> 32) - 2208988800) * NS + ((counted & 0xffffffff) * NS >> 32)
        return ours == counted * unit or (len(data) == 8 and abs(ours - ntp) < max(unit, 2))
    return data.decode('utf-8', 'replace').rstrip('\0') == value


def same_octets(text, field):
    digits, cut = octets(text)
    if digits is None:
        return False
    if not (field['raw'] == digits or (cut and field['raw'].startswith(digits))):
        return False
    return 'value' not in field or reading_of(field['raw'], field['value'])


def same(item, field, export):
    """EXPORT is the message's own time in seconds, from which some elements count back."""
    text, value = item.value.strip(), field.get('value')
    if item.label.startswith('MPLS-Label'):
        return same_mpls(text, field['raw'])
    if item.label in ('Enterprise Private entry', 'Unknown Field Type') or value is None:
        return same_octets(text, field)
    if 'DeltaMicroseconds' in field.get('name', '') and text.endswith(' UTC'):
        return utc_ns(text) == export * NS - value * 1000
    if text.endswith(' seconds') and isinstance(value, int):
        return same_seconds(text, value, 10**3 if 'Microseconds' in field['name'] else 10**6)
    if isinstance(value, bool):
        return text == str(value)
    if isinstance(value, int):
        return number(text) == value or (text == field['raw'] and int(text, 16) == value)
    if isinstance(value, float):
        return float(text) == float('%.6g' % value)
    return same_string(text, value)


def uptime_ns(message, value):
    """When the device had been up for VALUE ms, or None where the header does not say."""
    head = message['header']
    if 'sysUptime' not in head:
        return None
    ago = (head['sysUptime'] - value) % 2**32
    if ago >= 2**32 - 100000:	# after the export: clocks differ
        ago -= 2**32
    export = head['unixSecs'] * 1000 + head.get('unixNsecs', 0) // 10**6
    return (export - ago) * 10**6


def same_print(message, field):
    """Does the tree print the value that JSON has, and the right moment beside an uptime?"""
    text, value = field['text'], field.get('value')
    if value is None or field['length'] == 0:
        return value is None or text in ('(empty)', '(empty), scope')
    if isinstance(value, (bool, int)):
        shown = str(value).lower()
        moment = re.search(r' = (\S+Z)$', text)
        if moment and rfc3339_ns(moment.group(1))[0] != uptime_ns(message, value):
            return False
        return re.match(re.escape(shown) + r'(?![\w.:])', text) is not None
    if isinstance(value, float):
        return float(text.split(' ')[0]) == value
    return text == value or text.startswith(value + ' ') or text == value + ', scope' or (
        value == '' and text == '') or not value.isascii() or not value.isprintable()
