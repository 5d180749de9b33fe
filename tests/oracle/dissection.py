"""tshark's own text of a capture (-V -O cflow), read into messages, sets, templates, records.

A message is a Message; its sets hold Templates and records, a record is a list of Items in
tshark's order, but for times, which tshark draws together under a duration.
"""
import re
from collections import namedtuple

Message = namedtuple('Message', 'frame head sets')
Set = namedtuple('Set', 'id templates records found template_frame')
Template = namedtuple('Template', 'id fields')
# PEN and NAME are None where tshark has none
Type = namedtuple('Type', 'id pen name length scope reverse')
# CLOCK tells how a time is counted, BITS are the (name, value) pairs below the line
Item = namedtuple('Item', 'label value clock reverse bits')


class Node:
    """A line and the lines that are indented below it."""

    def __init__(self, text):
        self.label, _, self.value = text.partition(': ')
        if self.label.endswith(':') and not self.value:
            self.label = self.label[:-1]
        self.text = text
        self.children = []

    def child(self, label):
        for node in self.children:
            if node.label == label:
                return node.value
        return None


def trees(lines):
    """Pairs of a frame number and the tree of an export message in it."""
    found, frame, path = [], None, []
    for line in lines:
        line = line.rstrip('\n')
        if not line.strip():
            continue
        depth = (len(line) - len(line.lstrip(' '))) // 4
        node = Node(line.strip(' ') if depth else line)
        if depth == 0:
            path = [node]
            number = re.match(r'Frame (\d+)', line)
            if number:
                frame = int(number.group(1))
            elif line == 'Cisco NetFlow/IPFIX':
                found.append((frame, node))
        elif path:
            del path[depth:]
            path[-1].children.append(node)
            path.append(node)
    return found


# -- Records ---------------------------------------------------------------------------------

def bits_of(node):
    """The lines `.0.. .... = Name: value` below a field."""
    found = []
    for child in node.children:
        if ' = ' in child.label:
            found.append((child.label.split(' = ', 1)[1], child.value))
    return tuple(found)


def item(node, clock=None):
    value, reverse = node.value, False
    turned = re.search(r' ?\(Reverse Type \d+ .*\)$', value)
    if turned:
        value, reverse = value[:turned.start()], True
    label = node.label
    for private in ('Enterprise Private entry', 'Unknown Field Type'):
        if label == private:	# "(CESNET) Type 890: Value (hex bytes): 77 77"
            label, value = private, value.partition('Value (hex bytes): ')[2]
    return Item(label, value, clock, reverse, bits_of(node))


def record(nodes):
    items = []
    for node in nodes:
        if node.text.startswith('[Duration: '):
            clock = re.search(r'\(([a-z ]+)\)\]$', node.text)
            for time in node.children:
                items.append(item(time, clock.group(1) if clock else 'switched'))
        elif node.label in ('StartTime', 'EndTime'):
            items.append(item(node, 'alone'))
        elif not node.text.startswith('['):
            items.append(item(node))
    return items


# -- Templates -------------------------------------------------------------------------------

def field_type(node):
    text = pen = length = None
    for child in node.children:
        label = child.label.split(' = ')[-1]
        if label in ('Type', 'Scope Type'):
            text = child.value
        elif label == 'Length':
            length = int(child.value.split(' ')[0])
        elif label == 'PEN':
            pen = int(re.search(r'\((\d+)\)$', child.value).group(1))
    reverse = text.endswith(' [Reverse]')
    bare = re.match(r'(\d+) \[pen: ', text)
    if bare:
        return Type(int(bare.group(1)), pen, None, length, '[Scope]' in node.label, False)
    text = text[:-len(' [Reverse]')] if reverse else text
    name, number = re.match(r'(.*) \((\d+)\)$', text).groups()
    return Type(int(number), pen, None if name == 'Unknown' else name, length,
                '[Scope]' in node.label, reverse)


def template(node):
    fields = [field_type(child) for child in node.children if child.label.startswith('Field (')]
    return Template(int(node.child('Template Id')), fields)


# -- Messages --------------------------------------------------------------------------------

def flow_set(node):
    templates, records, found, frame = [], [], True, None
    for child in node.children:
        if re.match(r'(Options )?Template \(Id = ', child.text):
            templates.append(template(child))
        elif re.match(r'Flow \d+', child.text):
            records.append(record(child.children))
        elif child.text.endswith('no template found'):
            found = False
        elif child.text.startswith('[Template Frame: '):
            frame = int(re.search(r'\d+', child.text).group())
    number = int(re.search(r'\[id=(\d+)\]', node.text).group(1))
    return Set(number, templates, records, found, frame)


def message(frame, tree):
    head, sets, legacy = [], [], []
    for node in tree.children:
        if re.match(r'(Flow)?Set \d+ ', node.text):
            sets.append(flow_set(node))
        elif re.match(r'pdu \d+/\d+', node.text):
            legacy.append(record(node.children))
        else:
            label = node.label.split(' = ')[-1]
            head.append((label, re.sub(r' \(expected \d+\)$', '', node.value)))
            head += [(child.label, child.value) for child in node.children]
    if legacy:
        sets.append(Set(None, [], legacy, True, None))
    return Message(frame, head, sets)


def messages(lines):
    return [message(frame, tree) for frame, tree in trees(lines)]
