CREATE OR REPLACE VIEW depot_load AS
SELECT d.depot_id, d.name, count(p.parcel_id) AS parcels
  FROM depot d LEFT JOIN parcel p USING (depot_id)
 GROUP BY d.depot_id, d.name;
