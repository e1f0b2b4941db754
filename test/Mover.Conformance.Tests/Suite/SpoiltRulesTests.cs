namespace Mover.Conformance.Tests.Suite;

/// <summary>Rules against answers that are spoilt in the way that each of them is about.</summary>
public sealed class SpoiltRulesTests(SpoiltRun run) : IClassFixture<SpoiltRun>
{
    private const string Made = @".*/cfm\d+";
    private const string Group = @".*/resourceGroups/conformance-[^/]+\?";
    private const string Monday =
        """{"weeklyRecurrences":[{"days":["Monday"],"startTime":{"hour":1,"minute":0},"endTime":{"hour":2,"minute":0},"limitInMbps":1}]}""";

    internal static IReadOnlyList<Spoil> Table { get; } =
    [
        new("ARM-HEAD-007", "GET .*cfm-bench", "header Content-Type=text/plain", "The content type is 'text/plain'."),
        new("ARM-THROTTLE-001", "GET " + Made, "header x-ms-ratelimit-remaining-subscription-reads", "is missing"),
        new("ARM-THROTTLE-002", "GET /subscriptions", "header x-ms-ratelimit-remaining-tenant-reads=many", "The number of remaining requests is not a number."),
        new("ARM-ERR-006", "PUT " + Made, "set error.code=\"Bad\"", "The code is 'Bad'"),
        new("ARM-ERR-007", "PUT " + Made, "status 418", "The status is 418"),
        new("ARM-ERR-011", "PUT " + Made, "status 400", "The status is 400; expected 415."),
        new("ARM-BODY-001", "PUT " + Made, "remove properties.description", "The description: absent"),
        new("ARM-BODY-002", "PUT .*cfm-bench", "status 200", "The status is 200; expected 400."),
        new("ARM-ERR-008", "PUT " + Made, "set error.message=\"System.Exception\"", "The error mentions 'Exception'."),
        new("ARM-ERR-009", "GET .*Contoso", "set error.message=\"a\\nb\"", "The message contains a control character."),
        new("ARM-QUERY-001", "GET ", "status 400", "The status is 400; expected 200."),
        new("ARM-ETAG-018", "PUT " + Made, "status 200", "The status is 200; expected 412."),
        new("ARM-ETAG-019", "PUT " + Made, "status 200", "The status is 200; expected 412."),
        new("ARM-VER-012", "GET ", "set error.code=\"Bad\"", "The code is 'Bad'"),
        new("ARM-SUB-002", @"GET /subscriptions/[^/]+\?", "set subscriptionId=\"x\"", "The subscriptionId is 'x'."),
        new("ARM-SUB-003", "GET /tenants", "set value=[]", "is not listed."),
        new("ARM-SUB-004", "GET /subscriptions", "set error.code=\"NotFound\"", "The code is 'NotFound'"),
        new("ARM-SUB-007", @"GET /subscriptions\?", "set value.*.displayName=\"other\"", "The listed 'displayName'"),
        new("ARM-TENANT-001", "GET /tenants", "set value.0.id=\"/x\"", "The id is '/x'."),
        new("ARM-LOC-001", "GET .*/locations", "set value.0.id=\"/x\"", "is '/x'."),
        new("ARM-LOC-002", "GET .*/locations", "double value", "A location is listed twice."),
        new("ARM-LOC-003", "GET .*/locations", "set value.0.metadata.pairedRegion=[{\"name\":\"x\",\"id\":\"/x\"}]", "'x' of"),
        new("ARM-LOC-004", "GET .*/locations", "set value.0.metadata.geography=\"Mars\"", "Mars"),
        new("ARM-LOC-005", "GET .*/locations", "set value.0.metadata.pairedRegion=[]", "is not paired with"),
        new("ARM-LOC-006", "GET .*/locations", "remove value.0.metadata.geographyGroup", "has no geographyGroup."),
        new("ARM-LOC-009", "GET .*/providers/", "set resourceTypes.*.locations=[\"Atlantis\"]", "is not in the list"),
        new("ARM-PROV-003", "GET .*/providers", "set value=[]", "is not listed."),
        new("ARM-PROV-004", "GET .*/providers", "set value.0.registrationState=\"Maybe\"", "is 'Maybe'."),
        new("ARM-PROV-006", "POST .*/register", "set registrationState=\"Registering\"", "The registration"),
        new("ARM-PROV-007", "POST .*/unregister", "status 200", "The status is 200; expected 409."),
        new("ARM-PROV-008", "GET .*Contoso", "set error.code=\"NotFound\"", "The code is 'NotFound'"),
        new("ARM-PROV-011", "GET .*/providers", "set resourceTypes.*.apiVersions=[\"latest\"]", "'latest' is not a date."),
        new("ARM-PROV-012", "GET .*/providers", "set resourceTypes.*.capabilities=\"None\"", "The capabilities are 'None'."),
        new("ARM-OPS-002", "GET .*/operations", "remove value.0.display.description", "has no description."),
        new("ARM-OPS-003", "GET .*/operations", "set value.0.isDataAction=true", "is a data action."),
        new("ARM-OPS-004", "GET .*/operations", "double value", "An operation is listed twice."),
        new("ARM-OPS-005", "GET .*/operations", "set value.0.name=\"Read\"", "'Read' is not an operation name."),
        new("ARM-GROUP-007", "PUT " + Group, "status 200", "The status is 200; expected 201."),
        new("ARM-GROUP-008", "GET " + Group, "set type=\"x\"", "The type: \"x\""),
        new("ARM-GROUP-011", "PUT " + Group, "remove tags", "The tags: absent"),
        new("ARM-GROUP-013", "PUT " + Group, "status 400", "The status is 400"),
        new("ARM-GROUP-014", "PUT " + Group, "status 201", "The status is 201; expected 400."),
        new("ARM-GROUP-016", "DELETE " + Group, "header Location=/relative", "The Location is not absolute."),
        new("ARM-GROUP-019", "GET .*/resourceGroups.*top=1", "remove nextLink", "There are more groups, but there is no nextLink."),
        new("ARM-GROUP-020", "GET .*/resourceGroups.*tagName", "set value=[]", "0 groups have the tag."),
        new("ARM-RES-001", "GET .*/resources", "remove value.*.tags", "The tags: absent"),
        new("ARM-RES-002", "GET .*/resources", "set value.0.type=\"Microsoft.StorageMover/storageMovers/agents\"", "is listed."),
        new("ARM-RES-005", "GET .*/resources", "remove nextLink", "There are more resources, but there is no nextLink."),
        new("ARM-RES-007", "GET .*/resources", "remove value.*.createdTime", "'createdTime' is missing."),
        new("ARM-RES-008", "GET .*/resources", "set value.*.createdTime=\"x\"", "The list has a time without $expand."),
        new("ARM-FILTER-001", "GET .*/resources", "set value.*.type=\"x\"", "The filter finds another type."),
        new("ARM-FILTER-010", "GET .*/resources", "status 200", "The status is 200; expected 400."),
        new("ARM-FILTER-011", "GET .*/resources", "set value=[{\"id\":\"x\"}]", "The filter finds a resource with an unused name."),
        new("ARM-TAG-002", "PUT " + Made, "status 200", "The status is 200; expected 400."),
        new("ARM-TAG-005", "PUT " + Made, "set tags={\"costcenter\":\"abc\"}", "The tags: {\"costcenter\":\"abc\"}"),
        new("ARM-TAGNAMES-002", "GET .*/tagNames", "set value=[]", "The tag is not listed with its value."),
        new("ARM-TAGS-001", "GET .*/tags/default", "set name=\"other\"", "The name: \"other\""),
        new("ARM-TAGS-002", "PATCH .*/tags/default", "set properties.tags={}", "The returned tags: {}"),
        new("ARM-TAGS-006", "DELETE .*/tags/default", "status 204", "The status is 204; expected 200."),
        new("ARM-TAGS-007", "GET " + Made, "header ETag=1", "The ETag did not change."),
        new("ROLE-DEF-001", "GET .*/roleDefinitions", "set value.*.properties.type=\"CustomRole\"", "is not a built-in role."),
        new("ROLE-DEF-002", "GET .*/roleDefinitions", "remove value.0.properties.permissions.*.dataActions", "lacks a list of actions."),
        new("ROLE-DEF-007", "PUT .*/roleDefinitions", "status 200", "The status is 200; expected 201."),
        new("ROLE-DEF-013", "DELETE .*/roleDefinitions", "status 200", "The DELETE returned 200."),
        new("ROLE-DEF-014", "GET .*/roleDefinitions", "status 200", "The status is 200; expected 400."),
        new("ROLE-ASG-001", "PUT .*/roleAssignments", "set properties.scope=\"/\"", "The scope: \"/\""),
        new("ROLE-ASG-002", "PUT .*/roleAssignments", "set properties.createdBy=\"me\"", "createdBy is missing or not null."),
        new("ROLE-ASG-003", "PUT .*/roleAssignments", "set error.code=\"Conflict\"", "The code is 'Conflict'"),
        new("ROLE-ASG-008", "GET .*/roleAssignments", "set value=[]", "The assignment is not listed at its scope."),
        new("ROLE-ASG-010", "GET .*/roleAssignments", "double value", "The filter finds 2 assignments instead of one."),
        new("ROLE-ASG-020", "GET .*/roleAssignments", "remove properties.condition", "'condition' is not null."),
        new("STOR-003", "PUT .*/storageAccounts", "set properties.primaryEndpoints.blob=\"http://x/\"", "The endpoint"),
        new("STOR-005", "POST .*/listKeys", "status 200", "The status is 200; expected 403."),
        new("MACH-001", "PUT .*/machines", "remove identity.principalId", "The principal id is missing."),
        new("MACH-002", "PATCH .*/machines", "set properties.vmId=\"x\"", "The VM id after a PATCH"),
        new("VAULT-001", "PUT /vaults", "remove value", "The value: absent"),
        new("VAULT-003", @"GET /vaults/\w+/secrets\?", "set value.*.value=\"x\"", "The list contains the value."),
        new("VAULT-009", "DELETE /vaults", "set value=\"open sesame\"", "The response contains the value."),
        new("ACT-001", "GET .*/eventtypes", "set value=[]", "One write has 0 events."),
        new("ACT-002", "GET .*/eventtypes", "set value.*.correlationId=\"x\"", "The correlation id: \"x\""),
        new("ACT-005", "GET .*/eventtypes", "set value.0.eventTimestamp=\"2000-01-01T00:00:00Z\"", "An older event comes before a newer one."),
        new("END-010", "PUT " + Made, "set properties.nfsVersion=\"NFSv3\"", "The version: \"NFSv3\""),
        new("END-011", "PUT " + Made, "set properties.endpointKind=\"Source\"", "The kind: \"Source\""),
        new("END-013", "GET " + Made, "set identity={\"type\":\"SystemAssigned\"}", "The identity is still set."),
        new("END-017", "PUT " + Made, "status 200", "The status is 200; expected 400."),
        new("CRED-001", "PUT " + Made, "remove properties.credentials", "The credentials: absent"),
        new("CRED-002", "PATCH " + Made, "remove properties.credentials", "Uri: absent"),
        new("AGENT-005", "GET " + Made, "set properties.uploadLimitSchedule=" + Monday, "1 recurrences are left."),
        new("AGENT-012", "PUT " + Made, "status 400", "The status is 400"),
        new("AGENT-013", "PUT " + Made, "status 200", "The status is 200; expected 400."),
        new("CONN-003", "PUT .*/connections", "set properties.privateEndpointName=\"x\"", "The private endpoint's name is 'x'."),
        new("CONN-007", "DELETE .*/connections", "status 202", "The status is 202; expected 409."),
        new("CONN-009", "PUT .*/connections", "set properties.privateEndpointResourceId=\"/x\"", "Two connections have the same private endpoint."),
        new("JOB-PAIR-001", "PUT .*/jobDefinitions", "status 400", "The status is 400"),
        new("JOB-PAIR-002", "PUT .*/jobDefinitions", "status 200", "The status is 200; expected 400."),
        new("JOB-PAIR-005", "PUT .*/jobDefinitions", "set properties.sourceTargetMap={}", "The job shows a map."),
        new("JOB-DEF-009", "PUT .*/jobDefinitions", "set properties.agentName=\"x\"", "The definition has an agent."),
        new("JOB-DEF-010", "PUT .*/jobDefinitions", "set properties.sourceResourceId=\"/x\"", "The source's id: \"/x\""),
        new("JOB-DEF-017", "PUT .*/jobDefinitions", "set properties.isCrossTenantJob=false", "The cross-tenant flag: false"),
        new("SCHED-004", "PUT .*/jobDefinitions", "set properties.schedule.startDate=\"2020-01-01T00:00:00Z\"", "The start"),
        new("SCHED-005", "PUT .*/jobDefinitions", "status 200", "The status is 200; expected 400."),
        new("SCHED-011", @"GET .*/jobRuns\?", "set value=[{}]", "The list of runs: [{}]"),
        new("JOB-RUN-020", "GET .*/jobRuns/", "set properties.jobDefinitionProperties.latestJobRunStatus=\"Canceled\"", "The status in the copy"),
        new("JOB-RUN-022", "GET .*/jobRuns/", "set properties.sourceProperties.host=\"x\"", "The copy of the source"),
        new("JOB-RUN-025", "GET " + Made, "header ETag=\"1\"", "The ETag did not change."),
        new("JOB-RUN-028", "GET .*/jobRuns/", "set properties.executionEndTime=\"2026-01-01T00:00:00Z\"", "The run has an end time."),
        new("JOB-RUN-032", "GET .*/jobRuns/", "set properties.itemsScanned=0", "The run has counters."),
        new("ARM-VER-011", "GET " + Made, "remove properties.endpointKind", "'endpointKind' is not shown in 2026-05-01."),
        new("ARM-VER-013", "PUT " + Made, "status 400", "returned 400."),
    ];

    public static TheoryData<string> Rules => [.. Table.Select(spoil => spoil.Rule)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void What_a_rule_is_about_is_seen_when_it_is_spoilt(string rule)
    {
        var expected = Table.Single(spoil => spoil.Rule == rule).Expected;

        var results = run.Report.Results.Where(result => result.Rule == rule).ToList();

        Assert.True(
            results.Exists(r => r.Outcome == CheckOutcome.Failed && r.Reason!.Contains(expected, StringComparison.Ordinal)),
            $"'{expected}' is missing from: {string.Join(Environment.NewLine, results.Select(r => $"{r.Id} {r.Outcome}: {r.Reason}"))}");
    }

    [Fact]
    public async Task What_Mover_has_decided_is_not_asked_of_another_endpoint()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var client = new HttpClient(new NoIssuer(ServerUnderTest.NewHandler())) { BaseAddress = server.Http.BaseAddress };
        var suite = new ConformanceSuite(client, server.Token, TimeProvider.System);

        var report = await suite.RunAsync(new() { Versions = ["2026-05-01"], Rules = ["VAULT", "STOR", "ARM-SUB"] }, CancellationToken.None);

        Assert.All(report.Results, r => Assert.Equal(
            r.Rule.StartsWith("ARM", StringComparison.Ordinal) ? CheckOutcome.Passed : CheckOutcome.NotApplicable, r.Outcome));
    }

    private sealed class NoIssuer(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri!.AbsolutePath.EndsWith("openid-configuration", StringComparison.Ordinal)
                ? Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.NotFound) { RequestMessage = request })
                : base.SendAsync(request, cancellationToken);
    }
}
