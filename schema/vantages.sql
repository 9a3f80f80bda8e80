-- The vantages there are, for whoever names one that is not.
SELECT vantage, count(*) AS sessions
FROM v_session
GROUP BY vantage
ORDER BY vantage;
