"""The tracking plan: which events are expected, with which properties, and what violates it.

``plan`` reads ``tracking_plan.yaml``, ``shapes`` turns JSON text into types and values, ``contract`` compiles an event
into Pandera schemas, ``judging`` gives the violations of a batch, ``report`` counts them, ``draft`` writes a plan from
data.

Violations carry RudderStack's five names. A record whose shape is wrong (``Required-Missing``, ``Datatype-Mismatch``,
``Additional-Properties``) is not asked for its values. All else is an ``Unknown-Violation``: a value that is not
allowed or out of range, a property given twice, properties that are no JSON object.

Versions: an event has one definition, the latest. Every record is held to it, old ones too, so that a rebuilt day
depends on the files and the plan alone. Its ``version`` is for people, and the records are judged again when it is
raised. A plan that must hold for old clients describes what old and new clients send.
"""
