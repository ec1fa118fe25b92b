-- A role and an empty database for the hub, made by a superuser: psql -v password=… -f infra/postgresql/slmm.sql
CREATE ROLE slmm_hub LOGIN PASSWORD :'password';
CREATE DATABASE slmm OWNER slmm_hub TEMPLATE template0 ENCODING 'UTF8';
