BEGIN TRANSACTION;
CREATE TABLE alert_events (
	id INTEGER NOT NULL, 
	rule_id INTEGER NOT NULL, 
	unit_id VARCHAR NOT NULL, 
	rule_name VARCHAR, 
	metric VARCHAR NOT NULL, 
	threshold_db FLOAT NOT NULL, 
	onset_at DATETIME, 
	onset_value FLOAT, 
	peak_value FLOAT, 
	clear_at DATETIME, 
	status VARCHAR, 
	acknowledged_at DATETIME, 
	acknowledged_by VARCHAR, 
	notes TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "alert_events" VALUES(1,0,'ghost','Device unreachable','connectivity',0.0,'2026-11-23 18:35:14',NULL,NULL,NULL,'active',NULL,NULL,NULL);
INSERT INTO "alert_events" VALUES(2,1,'nl43-a','Night limit','lp',80.0,'2026-11-23 18:35:34',95.0,95.0,'2026-11-23 18:35:45.751262','cleared',NULL,NULL,NULL);
INSERT INTO "alert_events" VALUES(3,0,'nl43-a','Device unreachable','connectivity',0.0,'2026-11-23 18:36:31',NULL,NULL,NULL,'active',NULL,NULL,NULL);
CREATE TABLE alert_rules (
	id INTEGER NOT NULL, 
	unit_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	metric VARCHAR NOT NULL, 
	comparison VARCHAR NOT NULL, 
	threshold_db FLOAT NOT NULL, 
	duration_s INTEGER NOT NULL, 
	clear_margin_db FLOAT NOT NULL, 
	cooldown_s INTEGER NOT NULL, 
	schedule_start VARCHAR, 
	schedule_end VARCHAR, 
	schedule_days VARCHAR, 
	channels VARCHAR NOT NULL, 
	recipients TEXT, 
	enabled BOOLEAN, 
	created_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "alert_rules" VALUES(1,'nl43-a','Night limit','lp','above',80.0,0,2.0,0,NULL,NULL,'0,1,2,3,4,5,6','log',NULL,1,'2026-11-23 18:35:11');
INSERT INTO "alert_rules" VALUES(2,'nl43-a','Quiet hours','leq','above',60.0,30,2.0,300,'22:00','06:00','0,1,2,3,4','log,email','a@example.org',0,'2026-11-23 18:35:11');
INSERT INTO "alert_rules" VALUES(3,'nl43-a','Alert','nonsense','sideways',80.0,-5,2.0,300,'25:99','x',NULL,'log',NULL,0,'2026-11-23 18:35:11');
INSERT INTO "alert_rules" VALUES(4,'ghost','Alert','lp','above',80.0,0,2.0,300,NULL,NULL,NULL,'log',NULL,1,'2026-11-23 18:35:11');
CREATE TABLE device_logs (
	id INTEGER NOT NULL, 
	unit_id VARCHAR NOT NULL, 
	timestamp DATETIME, 
	level VARCHAR, 
	category VARCHAR, 
	message TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "device_logs" VALUES(1,'nl43-a','2026-11-23 18:35:14.284810','INFO','STATE','Measurement STARTED at 2026-11-23 18:35:14.284704');
INSERT INTO "device_logs" VALUES(2,'nl43-a','2026-11-23 18:36:06.372705','INFO','STATE','Measurement STOPPED');
INSERT INTO "device_logs" VALUES(3,'nl43-a','2026-11-23 18:36:07.380083','INFO','STATE','Measurement STARTED at 2026-11-23 18:36:07.380036');
INSERT INTO "device_logs" VALUES(4,'nl43-a','2026-11-23 18:36:18.452660','INFO','STATE','Measurement STOPPED');
CREATE TABLE nl43_config (
	unit_id VARCHAR NOT NULL, 
	host VARCHAR, 
	tcp_port INTEGER, 
	tcp_enabled BOOLEAN, 
	ftp_enabled BOOLEAN, 
	ftp_port INTEGER, 
	ftp_username VARCHAR, 
	ftp_password VARCHAR, 
	web_enabled BOOLEAN, 
	poll_interval_seconds INTEGER, 
	poll_enabled BOOLEAN, 
	monitor_enabled BOOLEAN, 
	PRIMARY KEY (unit_id)
);
INSERT INTO "nl43_config" VALUES('nl43-a','127.0.0.1',22551,1,1,22151,'USER','0000',0,120,1,1);
INSERT INTO "nl43_config" VALUES('nl43-b','127.0.0.1',22552,1,0,21,NULL,NULL,0,60,0,1);
INSERT INTO "nl43_config" VALUES('nl43-off','meter.example',2255,0,0,21,NULL,NULL,1,60,1,1);
INSERT INTO "nl43_config" VALUES('../../escape','127.0.0.1',2255,0,0,21,NULL,NULL,0,60,1,1);
CREATE TABLE nl43_readings (
	id INTEGER NOT NULL, 
	unit_id VARCHAR NOT NULL, 
	timestamp DATETIME, 
	lp VARCHAR, 
	leq VARCHAR, 
	lmax VARCHAR, 
	ln1 VARCHAR, 
	ln2 VARCHAR, 
	PRIMARY KEY (id)
);
INSERT INTO "nl43_readings" VALUES(1,'nl43-a','2026-11-23 18:35:14.315726','65.0','65.0','65.0','65.0','65.0');
INSERT INTO "nl43_readings" VALUES(2,'nl43-a','2026-11-23 18:36:18.531564','60.0','88.2','95.0','95.0','95.0');
CREATE TABLE nl43_status (
	unit_id VARCHAR NOT NULL, 
	last_seen DATETIME, 
	measurement_state VARCHAR, 
	measurement_start_time DATETIME, 
	counter VARCHAR, 
	lp VARCHAR, 
	leq VARCHAR, 
	lmax VARCHAR, 
	lmin VARCHAR, 
	lpeak VARCHAR, 
	ln1 VARCHAR, 
	ln2 VARCHAR, 
	battery_level VARCHAR, 
	power_source VARCHAR, 
	sd_remaining_mb VARCHAR, 
	sd_free_ratio VARCHAR, 
	raw_payload TEXT, 
	is_reachable BOOLEAN, 
	consecutive_failures INTEGER, 
	last_poll_attempt DATETIME, 
	last_success DATETIME, 
	last_error TEXT, 
	start_time_sync_attempted BOOLEAN, 
	PRIMARY KEY (unit_id)
);
INSERT INTO "nl43_status" VALUES('nl43-man','2026-11-23 18:35:11.335008','Stop',NULL,NULL,'55.0',NULL,NULL,NULL,NULL,NULL,NULL,'80',NULL,NULL,NULL,NULL,1,0,NULL,NULL,NULL,0);
INSERT INTO "nl43_status" VALUES('nl43-a','2026-11-23 18:36:18.452560','Stop',NULL,NULL,'60.0','88.2','95.0','60.0','110.0','95.0','95.0',NULL,NULL,NULL,NULL,'60.0, 88.2,105.8, 95.0, 60.0, 95.0, 95.0, 65.0, 60.0, 60.0,110.0,  -.-,  -.-,  -.-,0,0, 62.8, 91.0,108.6, 97.8, 62.8, 97.8, 97.8, 67.8, 62.8, 62.8,112.8,  -.-,  -.-,  -.-,0,0, 64.1, 92.3,109.9, 99.1, 64.1, 99.1, 99.1, 69.1, 64.1, 64.1,114.1,  -.-,  -.-,  -.-,0,0, 60.0, 88.2,105.8, 95.0, 60.0, 95.0, 95.0, 65.0, 60.0, 60.0,110.0,  -.-,  -.-,  -.-,0,0',1,0,NULL,NULL,NULL,0);
CREATE INDEX ix_nl43_config_unit_id ON nl43_config (unit_id);
CREATE INDEX ix_nl43_status_unit_id ON nl43_status (unit_id);
CREATE INDEX ix_device_logs_timestamp ON device_logs (timestamp);
CREATE INDEX ix_device_logs_unit_id ON device_logs (unit_id);
CREATE INDEX ix_alert_rules_unit_id ON alert_rules (unit_id);
CREATE INDEX ix_alert_events_rule_id ON alert_events (rule_id);
CREATE INDEX ix_alert_events_unit_id ON alert_events (unit_id);
CREATE INDEX ix_alert_events_onset_at ON alert_events (onset_at);
CREATE INDEX ix_nl43_readings_unit_id ON nl43_readings (unit_id);
CREATE INDEX ix_nl43_readings_timestamp ON nl43_readings (timestamp);
COMMIT;
