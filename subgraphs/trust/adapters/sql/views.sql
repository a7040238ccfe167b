-- The views that the SQL adapter of the Caregraph trust kit reads, as a valid empty set to start from.
--
-- Run this file, then replace one view after the other by a query over your own tables (`create or replace view` keeps
-- names, order and types of the columns and refuses anything else). What each column means, and which may be null,
-- stands in docs/sql-views.md; columns that may not be null are marked here.

create schema if not exists caregraph;

create view caregraph.demographics as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::jsonb as name,
  null::date as birth_date,
  null::text as gender,
  null::boolean as deceased,
  null::date as deceased_date,
  null::jsonb as address,
  null::jsonb as telecoms,                       -- not null
  null::text as language,
  null::boolean as interpreter_needed,
  null::text as general_practice
where false;

create view caregraph.crisis_plans as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::text as status,                          -- not null
  null::jsonb as type,                           -- not null
  null::text as title,
  null::text[] as early_warning_signs,
  null::text[] as possible_triggers,
  null::text[] as coping_strategies,
  null::text[] as what_helps,
  null::text[] as what_does_not_help,
  null::text[] as support_to_prevent_admission,
  null::text as where_to_be_taken,
  null::text as preferred_place_of_admission,
  null::text[] as dependants,
  null::text[] as pets,
  null::text[] as practical_needs,
  null::text[] as advance_statements,
  null::text[] as advance_decisions,
  null::text as family_involvement,
  null::text as access_24_hour,
  null::jsonb as named_contacts,
  null::text as patient_agreement,               -- not null
  null::jsonb as author,
  null::timestamptz as created,
  null::date as review_due,
  null::jsonb as documents                       -- not null
where false;

create view caregraph.contacts as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::text as kind,                            -- not null
  null::integer as priority,                     -- not null
  null::text as name,                            -- not null
  null::text as role,
  null::jsonb as team,
  null::jsonb as telecoms,                       -- not null
  null::jsonb as hours,                          -- not null
  null::jsonb as gaps,                           -- not null
  null::text as out_of_hours
where false;

create view caregraph.alerts as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::text as status,                          -- not null
  null::text as category,                        -- not null
  null::jsonb as code,
  null::text as text,                            -- not null
  null::text as priority,
  null::timestamptz as start,
  null::timestamptz as "end",
  null::jsonb as author
where false;

create view caregraph.care_contacts as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::timestamptz as start,                    -- not null
  null::timestamptz as "end",
  null::text as attend_status,
  null::boolean as planned,
  null::jsonb as consultation_mechanism,
  null::jsonb as team,
  null::text as place,
  null::text as reason,
  null::text as outcome
where false;

create view caregraph.hospital_spells as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::timestamptz as start,                    -- not null
  null::timestamptz as "end",
  null::text as hospital,
  null::text as ward,
  null::jsonb as bed_class,
  null::jsonb as admission_method,
  null::jsonb as discharge_method,
  null::jsonb as discharge_destination,
  null::jsonb as absences                        -- not null
where false;

create view caregraph.legal_statuses as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::jsonb as status,                         -- not null
  null::timestamptz as start,                    -- not null
  null::timestamptz as "end",
  null::timestamptz as expires
where false;

create view caregraph.referrals as
select
  null::text as nhs_number,                      -- not null
  null::text as id,                              -- not null
  null::timestamptz as last_updated,             -- not null
  null::timestamptz as start,                    -- not null
  null::timestamptz as "end",
  null::jsonb as team,
  null::jsonb as close_reason,
  null::jsonb as onward_referrals                -- not null
where false;

create view caregraph.pointers as
select
  null::text as key,                             -- not null
  null::text as nhs_number,                      -- not null
  null::text as type,                            -- not null
  null::jsonb as content,                        -- not null
  null::text as practice_setting,
  null::timestamptz as period_start,
  null::timestamptz as period_end
where false;
