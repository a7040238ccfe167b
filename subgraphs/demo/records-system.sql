-- A small electronic patient records system, made up for the demo: what a trust's own tables may look like (schema epr),
-- and the views that its database team wrote over them for the trust kit (schema caregraph, docs/sql-views.md).

create schema epr;

-- One row: whose system this is.
create table epr.trust (
  ods_code text primary key,
  name     text not null
);

-- Lists of codes, with the URI of the system that each comes from; null for a list of the trust's own.
create table epr.code (
  list   text not null,
  code   text not null,
  system text,
  name   text,
  primary key (list, code)
);

create table epr.patient (
  patient_id    integer primary key,
  record_no     text not null unique,
  nhs_no        text not null unique,
  title         text,
  forenames     text[] not null,
  surname       text,
  known_as      text not null,
  born          date,
  sex           text,
  dead          boolean,
  died          date,
  address_lines text[],
  town          text,
  postcode      text,
  phones        jsonb not null,
  language      text,
  interpreter   boolean,
  surgery       text,
  changed_at    timestamptz not null,
  -- A member of staff, a local objection, a court order: nothing of this patient leaves the trust.
  restricted    boolean not null
);

create table epr.care_plan (
  plan_no         text primary key,
  patient_id      integer not null references epr.patient,
  state           text not null,
  type_code       text not null,
  title           text,
  taken_to        text,
  preferred_unit  text,
  family          text,
  round_the_clock text,
  agreed          text not null,
  author_name     text,
  author_job      text,
  author_employer text,
  written_at      timestamptz,
  review_by       date,
  changed_at      timestamptz not null,
  restricted      boolean not null
);
create index on epr.care_plan (patient_id);

create table epr.care_plan_line (
  plan_no  text not null references epr.care_plan,
  heading  text not null,
  position integer not null,
  wording  text not null,
  primary key (plan_no, heading, position)
);

create table epr.care_plan_person (
  plan_no  text not null references epr.care_plan,
  position integer not null,
  name     text not null,
  role     text,
  phones   jsonb not null,
  primary key (plan_no, position)
);

create table epr.care_plan_file (
  plan_no    text not null references epr.care_plan,
  position   integer not null,
  title      text,
  media_type text not null,
  url        text,
  format     text,
  made_at    timestamptz,
  wording    text,
  primary key (plan_no, position)
);

-- Plans that lie on paper in a team's office: that they exist is all that the system knows.
create table epr.paper_plan (
  plan_no    text primary key,
  patient_id integer not null references epr.patient,
  type_code  text not null,
  changed_at timestamptz not null,
  restricted boolean not null
);

create table epr.contact (
  contact_no   text primary key,
  patient_id   integer not null references epr.patient,
  kind         text not null,
  rank         integer not null,
  name         text not null,
  role         text,
  team_name    text,
  team_type    text,
  phones       jsonb not null,
  hours        jsonb not null,
  gaps         jsonb not null,
  out_of_hours text,
  changed_at   timestamptz not null,
  restricted   boolean not null
);
create index on epr.contact (patient_id);

create table epr.alert (
  alert_no        text primary key,
  patient_id      integer not null references epr.patient,
  state           text not null,
  category        text not null,
  alert_code      text,
  wording         text not null,
  urgency         text,
  from_at         timestamptz,
  until_at        timestamptz,
  author_name     text,
  author_job      text,
  author_employer text,
  changed_at      timestamptz not null,
  restricted      boolean not null
);
create index on epr.alert (patient_id);

-- attendance is MHSDS ATTENDANCE STATUS, or S: seen, and nobody has recorded whether on time.
create table epr.appointment (
  appointment_no text primary key,
  patient_id     integer not null references epr.patient,
  start_at       timestamptz not null,
  end_at         timestamptz,
  attendance     text,
  planned        boolean,
  mechanism      text,
  team_name      text,
  team_type      text,
  place          text,
  reason         text,
  notes          text,
  changed_at     timestamptz not null,
  restricted     boolean not null
);
create index on epr.appointment (patient_id, start_at);

create table epr.spell (
  spell_no       text primary key,
  patient_id     integer not null references epr.patient,
  admitted_at    timestamptz not null,
  discharged_at  timestamptz,
  hospital       text,
  ward           text,
  bed_class      text,
  admission      text,
  discharge      text,
  destination    text,
  changed_at     timestamptz not null,
  restricted     boolean not null
);
create index on epr.spell (patient_id);

create table epr.absence (
  spell_no text not null references epr.spell,
  left_at  timestamptz not null,
  back_at  timestamptz,
  primary key (spell_no, left_at)
);

create table epr.mha_period (
  period_no   text primary key,
  patient_id  integer not null references epr.patient,
  status_code text not null,
  start_at    timestamptz not null,
  end_at      timestamptz,
  expires_at  timestamptz,
  changed_at  timestamptz not null,
  restricted  boolean not null
);
create index on epr.mha_period (patient_id);

create table epr.referral (
  referral_no text primary key,
  patient_id  integer not null references epr.patient,
  received_at timestamptz not null,
  closed_at   timestamptz,
  team_name   text,
  team_type   text,
  closed_why  text,
  changed_at  timestamptz not null,
  restricted  boolean not null
);
create index on epr.referral (patient_id);

create table epr.onward_referral (
  referral_no text not null references epr.referral,
  position    integer not null,
  referred_at timestamptz not null,
  receiver    text not null,
  primary key (referral_no, position)
);

-- A code with its words, as the views show it; null for no code.
create function epr.coding(wanted_list text, wanted_code text) returns jsonb
language sql stable as $$
  select jsonb_build_object('system', c.system, 'code', c.code, 'display', c.name)
  from epr.code c
  where c.list = wanted_list and c.code = wanted_code
$$;

-- What the kit may read. Each view leaves out what is restricted, by patient or by record.

create schema caregraph;

create view caregraph.demographics as
select
  p.nhs_no                                 as nhs_number,
  p.record_no                              as id,
  p.changed_at                             as last_updated,
  jsonb_build_object('text', p.known_as, 'prefix', p.title, 'given', p.forenames, 'family', p.surname) as name,
  p.born                                   as birth_date,
  case p.sex when 'F' then 'FEMALE' when 'M' then 'MALE' when 'X' then 'OTHER' when 'U' then 'UNKNOWN' end as gender,
  p.dead                                   as deceased,
  p.died                                   as deceased_date,
  case when p.address_lines is not null then
    jsonb_build_object('lines', p.address_lines, 'city', p.town, 'postalCode', p.postcode)
  end                                      as address,
  p.phones                                 as telecoms,
  p.language                               as language,
  p.interpreter                            as interpreter_needed,
  p.surgery                                as general_practice
from epr.patient p
where not p.restricted;

create view caregraph.crisis_plans as
select
  p.nhs_no                                 as nhs_number,
  c.plan_no                                as id,
  c.changed_at                             as last_updated,
  case c.state
    when 'D' then 'DRAFT' when 'A' then 'ACTIVE' when 'H' then 'ON_HOLD' when 'W' then 'REVOKED'
    when 'C' then 'COMPLETED' when 'X' then 'ENTERED_IN_ERROR' when 'U' then 'UNKNOWN'
  end                                      as status,
  epr.coding('plan type', c.type_code)     as type,
  c.title                                  as title,
  l.early_warning_signs,
  l.possible_triggers,
  l.coping_strategies,
  l.what_helps,
  l.what_does_not_help,
  l.support_to_prevent_admission,
  c.taken_to                               as where_to_be_taken,
  c.preferred_unit                         as preferred_place_of_admission,
  l.dependants,
  l.pets,
  l.practical_needs,
  l.advance_statements,
  l.advance_decisions,
  c.family                                 as family_involvement,
  c.round_the_clock                        as access_24_hour,
  n.named_contacts                         as named_contacts,
  case c.agreed
    when 'Y' then 'AGREES' when 'P' then 'AGREES_IN_PART' when 'N' then 'DISAGREES' when '?' then 'NOT_RECORDED'
  end                                      as patient_agreement,
  case when coalesce(c.author_name, c.author_job, c.author_employer) is not null then
    jsonb_build_object('name', c.author_name, 'jobTitle', c.author_job, 'organisation', c.author_employer)
  end                                      as author,
  c.written_at                             as created,
  c.review_by                              as review_due,
  coalesce(f.documents, '[]')              as documents
from epr.care_plan c
join epr.patient p on p.patient_id = c.patient_id
left join lateral (
  select
    array_agg(wording order by position) filter (where heading = 'signs')       as early_warning_signs,
    array_agg(wording order by position) filter (where heading = 'triggers')    as possible_triggers,
    array_agg(wording order by position) filter (where heading = 'coping')      as coping_strategies,
    array_agg(wording order by position) filter (where heading = 'helps')       as what_helps,
    array_agg(wording order by position) filter (where heading = 'harms')       as what_does_not_help,
    array_agg(wording order by position) filter (where heading = 'support')     as support_to_prevent_admission,
    array_agg(wording order by position) filter (where heading = 'dependants')  as dependants,
    array_agg(wording order by position) filter (where heading = 'pets')        as pets,
    array_agg(wording order by position) filter (where heading = 'practical')   as practical_needs,
    array_agg(wording order by position) filter (where heading = 'statements')  as advance_statements,
    array_agg(wording order by position) filter (where heading = 'decisions')   as advance_decisions
  from epr.care_plan_line
  where plan_no = c.plan_no
) l on true
left join lateral (
  select jsonb_agg(jsonb_build_object('name', name, 'role', role, 'telecoms', phones) order by position) as named_contacts
  from epr.care_plan_person
  where plan_no = c.plan_no
) n on true
left join lateral (
  select jsonb_agg(
    jsonb_build_object(
      'title', title, 'contentType', media_type, 'url', url, 'format', format, 'created', made_at, 'text', wording
    ) order by position
  ) as documents
  from epr.care_plan_file
  where plan_no = c.plan_no
) f on true
where not (p.restricted or c.restricted);

create view caregraph.contacts as
select
  p.nhs_no                                 as nhs_number,
  c.contact_no                             as id,
  c.changed_at                             as last_updated,
  c.kind                                   as kind,
  c.rank                                   as priority,
  c.name                                   as name,
  c.role                                   as role,
  case when c.team_name is not null then
    jsonb_build_object('name', c.team_name, 'type', epr.coding('team type', c.team_type))
  end                                      as team,
  c.phones                                 as telecoms,
  c.hours                                  as hours,
  c.gaps                                   as gaps,
  c.out_of_hours                           as out_of_hours
from epr.contact c
join epr.patient p on p.patient_id = c.patient_id
where not (p.restricted or c.restricted);

create view caregraph.alerts as
select
  p.nhs_no                                 as nhs_number,
  a.alert_no                               as id,
  a.changed_at                             as last_updated,
  case a.state when 'A' then 'ACTIVE' when 'C' then 'INACTIVE' when 'X' then 'ENTERED_IN_ERROR' end as status,
  a.category                               as category,
  epr.coding('alert', a.alert_code)        as code,
  a.wording                                as text,
  a.urgency                                as priority,
  a.from_at                                as start,
  a.until_at                               as "end",
  case when coalesce(a.author_name, a.author_job, a.author_employer) is not null then
    jsonb_build_object('name', a.author_name, 'jobTitle', a.author_job, 'organisation', a.author_employer)
  end                                      as author
from epr.alert a
join epr.patient p on p.patient_id = a.patient_id
where not (p.restricted or a.restricted);

create view caregraph.care_contacts as
select
  p.nhs_no                                 as nhs_number,
  a.appointment_no                         as id,
  a.changed_at                             as last_updated,
  a.start_at                               as start,
  a.end_at                                 as "end",
  case a.attendance
    when '5' then 'ATTENDED_ON_TIME' when '6' then 'ATTENDED_LATE' when 'S' then 'ATTENDED' when '7' then 'LATE_NOT_SEEN'
    when '2' then 'CANCELLED_BY_PATIENT' when '3' then 'DID_NOT_ATTEND' when '4' then 'CANCELLED_BY_PROVIDER'
  end                                      as attend_status,
  a.planned                                as planned,
  epr.coding('mechanism', a.mechanism)     as consultation_mechanism,
  case when a.team_name is not null then
    jsonb_build_object('name', a.team_name, 'type', epr.coding('team type', a.team_type))
  end                                      as team,
  a.place                                  as place,
  a.reason                                 as reason,
  a.notes                                  as outcome
from epr.appointment a
join epr.patient p on p.patient_id = a.patient_id
where not (p.restricted or a.restricted);

create view caregraph.hospital_spells as
select
  p.nhs_no                                 as nhs_number,
  s.spell_no                               as id,
  s.changed_at                             as last_updated,
  s.admitted_at                            as start,
  s.discharged_at                          as "end",
  s.hospital                               as hospital,
  s.ward                                   as ward,
  epr.coding('bed class', s.bed_class)     as bed_class,
  epr.coding('admission', s.admission)     as admission_method,
  epr.coding('discharge', s.discharge)     as discharge_method,
  epr.coding('destination', s.destination) as discharge_destination,
  coalesce(a.absences, '[]')               as absences
from epr.spell s
join epr.patient p on p.patient_id = s.patient_id
left join lateral (
  select jsonb_agg(jsonb_build_object('start', left_at, 'end', back_at) order by left_at) as absences
  from epr.absence
  where spell_no = s.spell_no
) a on true
where not (p.restricted or s.restricted);

create view caregraph.legal_statuses as
select
  p.nhs_no                                 as nhs_number,
  m.period_no                              as id,
  m.changed_at                             as last_updated,
  epr.coding('legal status', m.status_code) as status,
  m.start_at                               as start,
  m.end_at                                 as "end",
  m.expires_at                             as expires
from epr.mha_period m
join epr.patient p on p.patient_id = m.patient_id
where not (p.restricted or m.restricted);

create view caregraph.referrals as
select
  p.nhs_no                                 as nhs_number,
  r.referral_no                            as id,
  r.changed_at                             as last_updated,
  r.received_at                            as start,
  r.closed_at                              as "end",
  case when r.team_name is not null then
    jsonb_build_object('name', r.team_name, 'type', epr.coding('team type', r.team_type))
  end                                      as team,
  epr.coding('closed why', r.closed_why)   as close_reason,
  coalesce(o.onward_referrals, '[]')       as onward_referrals
from epr.referral r
join epr.patient p on p.patient_id = r.patient_id
left join lateral (
  select jsonb_agg(jsonb_build_object('date', referred_at, 'to', receiver) order by position) as onward_referrals
  from epr.onward_referral
  where referral_no = r.referral_no
) o on true
where not (p.restricted or r.restricted);

-- A pointer for each plan in force, on paper too; where there is none, one that says that the trust holds something. The
-- key holds the time of change, because a pointer that changes is another pointer.
create view caregraph.pointers as
with plan_pointer as (
  select
    c.patient_id,
    c.plan_no,
    c.type_code,
    c.changed_at,
    c.written_at,
    case when exists (select 1 from epr.care_plan_line l where l.plan_no = c.plan_no) then
      jsonb_build_array(
        jsonb_build_object(
          'url', 'https://records.example/' || t.ods_code || '/plans/' || c.plan_no,
          'contentType', 'application/json', 'format', 'urn:nhs-ic:structured', 'created', c.changed_at
        )
      )
    else '[]' end ||
    coalesce(
      (
        select jsonb_agg(
          jsonb_build_object('url', f.url, 'contentType', f.media_type, 'format', f.format, 'created', f.made_at)
          order by f.position
        )
        from epr.care_plan_file f
        where f.plan_no = c.plan_no and f.url is not null and f.format is not null
      ),
      '[]'
    ) as ways
  from epr.care_plan c
  cross join epr.trust t
  where c.state = 'A' and not c.restricted
  union all
  select c.patient_id, c.plan_no, c.type_code, c.changed_at, c.changed_at, '[]'
  from epr.paper_plan c
  where not c.restricted
),
pointer as (
  select patient_id, 'plans/' || plan_no as path, type_code, changed_at, written_at as since, ways
  from plan_pointer
  union all
  select p.patient_id, 'patients/' || p.record_no, '824321000000109', p.changed_at, null, '[]'
  from epr.patient p
  where not exists (select 1 from plan_pointer v where v.patient_id = p.patient_id)
)
select
  v.path || '@' || to_char(v.changed_at at time zone 'utc', 'YYYYMMDD"T"HH24MISS"Z"') as key,
  p.nhs_no                                 as nhs_number,
  v.type_code                              as type,
  jsonb_build_array(
    jsonb_build_object(
      'url', 'https://records.example/' || t.ods_code || '/' || v.path || '/contact',
      'contentType', 'text/html', 'format', 'urn:nhs-ic:record-contact', 'created', v.changed_at
    )
  ) || v.ways                              as content,
  '394587001'::text                        as practice_setting, -- SNOMED CT: psychiatry
  v.since                                  as period_start,
  null::timestamptz                        as period_end
from pointer v
join epr.patient p on p.patient_id = v.patient_id
cross join epr.trust t
where not p.restricted;
