using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mover.Core.Access;
using Mover.Server.Activity;
using Mover.Server.Tests.Authorization;
using Mover.State.Documents;

namespace Mover.Server.Tests.Activity;

public sealed class ActivityTests(EnforcementTests.Scene scene) : IClassFixture<EnforcementTests.Scene>, IDisposable
{
    private readonly TestServer _server = scene.Server;

    public void Dispose() => _server.Contract.AssertKept();

    [Fact]
    public async Task A_write_is_an_event_with_its_caller_action_and_resource()
    {
        var answer = await _server.PutAsync(_server.Mover() + "/projects/logged", "{}", ("x-ms-correlation-request-id", "write-1"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var logged = Assert.Single(await ListAsync("correlationId eq 'write-1'"));

        Assert.Equal("Microsoft.StorageMover/storageMovers/projects/write", Value(logged, "operationName"));
        Assert.Equal(_server.Mover() + "/projects/logged", (string?)logged["resourceId"]);
        Assert.Equal(("Succeeded", "administrator"), (Value(logged, "status"), (string?)logged["caller"]));
        Assert.Equal("g1", (string?)logged["resourceGroupName"]);
    }

    [Fact]
    public async Task A_denial_is_an_event_that_names_what_was_denied()
    {
        var nobody = await _server.NewCallerAsync();
        await nobody.GetAsync(_server.Mover("denied-here"));

        var denied = (await WaitAsync($"caller eq '{nobody.ObjectId}'", 1))[0];

        Assert.Equal(("Failed", "Forbidden"), (Value(denied, "status"), Value(denied, "subStatus")));
        Assert.Equal("Microsoft.StorageMover/storageMovers/read", Value(denied, "operationName"));
        Assert.Equal(_server.Mover("denied-here"), (string?)denied["resourceId"]);
    }

    [Fact]
    public async Task Events_are_newest_first_and_page_without_a_gap()
    {
        await using var server = await TestServer.StartAsync(options => options with { PageSize = 5 });
        await server.CreateMoverAsync();
        for (var round = 0; round < 12; round++)
        {
            await server.PutAsync(server.Mover() + "/projects/often", "{}");
        }

        var seen = new List<JsonNode>();
        var next = (string?)$"/subscriptions/{server.Subscription}/providers/Microsoft.Insights/eventtypes/management/values"
            + $"?api-version=2015-04-01&$filter={Uri.EscapeDataString($"resourceUri eq '{server.Mover()}/projects/often'")}";
        while (next is not null)
        {
            var page = await (await server.SendAsync(HttpMethod.Get, next)).JsonAsync();
            seen.AddRange(page["value"]!.AsArray().Select(e => e!));
            next = (string?)page["nextLink"];
        }

        var times = seen.Select(e => (string)e["eventTimestamp"]!).ToList();
        Assert.Equal(12, seen.Select(e => (string)e["eventDataId"]!).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(times.OrderDescending(StringComparer.Ordinal), times);
    }

    [Fact]
    public async Task The_log_is_read_with_a_role_and_shows_what_the_role_covers()
    {
        var nobody = await _server.NewCallerAsync();
        var reader = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Reader, reader.ObjectId, _server.Group("g2"));
        await _server.CreateAsync(_server.Mover(group: "g2") + "/projects/mine", "{}");
        await _server.CreateAsync(_server.Mover() + "/projects/not-mine", "{}");
        var path = $"/subscriptions/{_server.Subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01";

        var refused = await nobody.SendAsync(HttpMethod.Get, path);
        var shown = (await (await reader.SendAsync(HttpMethod.Get, path)).JsonAsync())["value"]!.AsArray();

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.NotEmpty(shown);
        Assert.All(shown, e => Assert.Equal("g2", (string?)e!["resourceGroupName"]));
    }

    [Fact]
    public void Denials_of_one_caller_fill_a_few_records_and_a_count()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        var log = new DenialLog(clock);
        var caller = new Principal("o", "a", "n", PrincipalKind.User);
        for (var round = 0; round < 100_000; round++)
        {
            log.Add(caller, new("a/read", "/"), "c");
        }

        var first = log.Take(int.MaxValue);
        clock.Now += DenialLog.Window;
        var summary = Assert.Single(log.Take(int.MaxValue));

        Assert.Equal(DenialLog.RecordsMax, first.Count);
        Assert.Equal(100_000 - DenialLog.RecordsMax, summary.Repeats);
        Assert.Empty(log.Take(int.MaxValue));
    }

    [Fact]
    public async Task Denials_do_not_flood_the_log_or_write_terminal_escapes_to_it()
    {
        var (clock, logs) = (new TestClock(DateTimeOffset.UtcNow), new RecordingLoggers());
        await using var server = await TestServer.StartAsync(
            options => options with { Logging = logging => logging.AddProvider(logs) }, clock);
        var nobody = await server.NewCallerAsync();
        var path = server.Group("%1B%5B2J%0A" + new string('x', 5000)) + "?api-version=2021-04-01";
        for (var round = 0; round < DenialLog.RecordsMax + 7; round++)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await nobody.SendAsync(HttpMethod.Get, path)).StatusCode);
        }

        clock.Now += DenialLog.Window;
        await logs.WaitForAsync($"7 more denials of principal {nobody.ObjectId}");

        var lines = logs.Lines.Where(line => line.Contains($"Denied principal {nobody.ObjectId}", StringComparison.Ordinal)).ToList();
        Assert.Equal(DenialLog.RecordsMax, lines.Count);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 600));
        Assert.DoesNotContain(lines, line => line.Any(char.IsControl));
    }

    [Fact]
    public void A_denied_scope_is_logged_short_and_without_terminal_escapes()
    {
        var log = new DenialLog(TimeProvider.System);
        log.Add(new("o", "a", "n", PrincipalKind.User), new("a/read", "/\u001b[2J\n" + new string('x', 5000)), "c");

        var scope = Assert.Single(log.Take(10)).Scope ?? string.Empty;

        Assert.DoesNotContain(scope, char.IsControl);
        Assert.InRange(scope.Length, 1, DenialLog.ScopeCharsMax + 1);
    }

    [Fact]
    public async Task What_is_older_than_the_retention_goes_and_the_rest_stays()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock: clock);
        await server.CreateMoverAsync();
        var audit = server.Services.GetRequiredService<AuditLog>();
        var middle = clock.Now + TimeSpan.FromDays(1);
        clock.Now += TimeSpan.FromDays(2);
        await audit.AppendAsync([new(clock.Now, "me", "User", "kept", [])], "one", default);

        var gone = await audit.TrimAsync(middle, default);

        var left = await audit.ListBackAsync(DateTimeOffset.UnixEpoch, clock.Now + TimeSpan.FromDays(1), null, 100, default);
        Assert.True(gone > 0);
        Assert.Equal("kept", Assert.Single(left).Record.Correlation);
    }

    [Fact]
    public async Task A_clock_that_is_far_ahead_costs_a_day_of_the_log_at_most()
    {
        var (clock, logs) = (new TestClock(DateTimeOffset.UtcNow), new RecordingLoggers());
        await using var server = await TestServer.StartAsync(
            options => options with { Logging = logging => logging.AddProvider(logs) }, clock);
        await server.CreateMoverAsync();
        var begun = clock.Now;
        await server.Services.GetRequiredService<AuditLog>().AppendAsync(
            [new(begun + TimeSpan.FromDays(2), "me", "User", "kept", [])], "one", default);

        await server.StopAsync();
        clock.Set(begun + TimeSpan.FromDays(1000));
        await server.StartAgainAsync();
        await logs.WaitForAsync("from the audit log");

        var left = await server.Services.GetRequiredService<AuditLog>().ListBackAsync(
            DateTimeOffset.UnixEpoch, begun + TimeSpan.FromDays(3), null, 100, default);
        Assert.Equal("kept", Assert.Single(left).Record.Correlation);
    }

    private static string? Value(JsonNode logged, string name) => (string?)logged[name]!["value"];

    private async Task<List<JsonNode>> ListAsync(string filter)
    {
        var path = $"/subscriptions/{_server.Subscription}/providers/Microsoft.Insights/eventtypes/management/values"
            + $"?api-version=2015-04-01&$filter={Uri.EscapeDataString(filter)}";
        var page = await (await _server.SendAsync(HttpMethod.Get, path)).JsonAsync();
        return [.. page["value"]!.AsArray().Select(e => e!)];
    }

    // Denials are written a moment after their answer.
    private async Task<List<JsonNode>> WaitAsync(string filter, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var found = await ListAsync(filter);
        while (found.Count < count)
        {
            limit.Token.ThrowIfCancellationRequested();
            found = await ListAsync(filter);
        }

        return found;
    }
}
