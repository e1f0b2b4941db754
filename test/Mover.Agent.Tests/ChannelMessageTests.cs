using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.AgentProtocol;
using Mover.Server.JobRuns;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

/// <summary>What one agent sends, however odd, is taken or refused, and harms no other.</summary>
public sealed class ChannelMessageTests(ChannelMessageTests.Claimed claimed) : IClassFixture<ChannelMessageTests.Claimed>
{
    private static readonly string Long = new('x', 5000);

    private static readonly Dictionary<string, string> Sound = new(StringComparer.Ordinal)
    {
        ["beat"] = """
            {"telemetry":{"agentVersion":"1","hostName":"h","localIpAddress":"10.0.0.7","memoryInMB":1,"numberOfCores":2,"uptimeInSeconds":3,
             "timeZone":"UTC","condition":"Online","problem":{"code":"C","message":"m","target":"t"}},"runs":[{"runId":"RUN","epoch":1}]}
            """,
        ["work"] = """{"instance":"one","holding":["RUN"],"reclaim":["/x"],"waitSeconds":0}""",
        ["progress"] = Report("Running", string.Empty),
        ["finish"] = Report("Failed", """ "endedAt":"2026-01-01T00:00:00Z", """),
        ["log"] = """
            {"runId":"RUN","epoch":1,"journal":"j","firstIndex":0,"entries":[{"path":"a","itemType":"F","fileSize":1,
             "transferResult":"Failed","statusCode":"AZSM2063","details":"d","timeGenerated":"2026-01-01T00:00:00Z"}]}
            """,
        ["look"] = """{"endpointName":"dst"}""",
        ["credentials"] = """{"runId":"RUN","epoch":1,"side":"Source"}""",
    };

    private static readonly Dictionary<string, Func<JsonNode?>> Oddities = new(StringComparer.Ordinal)
    {
        ["null"] = () => null,
        ["true"] = () => true,
        ["an empty text"] = () => string.Empty,
        ["a long text"] = () => Long,
        ["a line feed"] = () => "a\nb",
        ["a number below zero"] = () => -1,
        ["the largest number"] = () => long.MaxValue,
        ["a number beyond all"] = () => JsonNode.Parse("1e400"),
        ["NaN as text"] = () => "NaN",
        ["a member of no enumeration"] = () => 99,
        ["an empty object"] = () => new JsonObject(),
        ["an empty list"] = () => new JsonArray(),
        ["a list of null"] = () => new JsonArray(null, null),
        ["a long list"] = () => new JsonArray([.. Enumerable.Range(0, 2000).Select(_ => (JsonNode?)"x")]),
        ["a deep list"] = () => JsonNode.Parse(new string('[', 40) + new string(']', 40)),
    };

    public static TheoryData<string> Verbs => [.. Sound.Keys];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task No_oddity_in_a_message_is_a_fault_of_the_server_or_is_held(string verb)
    {
        await using var scene = await ChannelScene.StartAsync(new TestClock(TimeProvider.System.GetUtcNow()));
        var order = await scene.ClaimAsync();

        var faults = new List<string>();
        foreach (var (what, body) in Odd(Sound[verb]))
        {
            var answer = await scene.PostAsAgentAsync(verb, body.Replace("RUN", order.RunId, StringComparison.Ordinal));
            ((TestClock)scene.Clock).Now += TimeSpan.FromSeconds(2);
            order = answer.IsSuccessStatusCode && verb == "finish" ? await scene.ClaimAsync() : order;
            if (answer.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
            {
                faults.Add($"{what}: {answer.StatusCode}");
            }
        }

        // Whatever was taken of all that can be written.
        await scene.Server.Services.GetRequiredService<RunReports>().FlushAsync(CancellationToken.None);
        Assert.Empty(faults);
        Assert.Equal(HttpStatusCode.OK, (await scene.Server.GetAsync(order.RunId)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await scene.Server.GetAsync(scene.Agent.AgentId)).StatusCode);
    }

    [Theory]
    [InlineData("beat", "telemetry.hostName", "\"LONG\"")]
    [InlineData("beat", "telemetry.problem.message", "\"LONG\"")]
    [InlineData("beat", "telemetry.uptimeInSeconds", "-1")]
    [InlineData("beat", "telemetry.condition", "99")]
    [InlineData("beat", "runs", "[null]")]
    [InlineData("beat", "runs", "[{\"runId\":\"a\",\"epoch\":0}]")]
    [InlineData("work", "instance", "\"\"")]
    [InlineData("work", "reclaim", "[null]")]
    [InlineData("work", "waitSeconds", "31")]
    [InlineData("progress", "warnings", "[null]")]
    [InlineData("progress", "warnings", "null")]
    [InlineData("progress", "warnings", "[{\"code\":\"C\",\"message\":\"LONG\"}]")]
    [InlineData("progress", "error.target", "\"LONG\"")]
    [InlineData("progress", "counters.bytesScanned", "-1")]
    [InlineData("progress", "counters", "null")]
    [InlineData("progress", "sequence", "0")]
    [InlineData("progress", "epoch", "9223372036854775808")]
    [InlineData("progress", "status", "\"Succeeded\"")]
    [InlineData("progress", "status", "99")]
    [InlineData("finish", "status", "\"Running\"")]
    [InlineData("finish", "endedAt", "null")]
    [InlineData("log", "entries", "[]")]
    [InlineData("log", "entries", "[null]")]
    [InlineData("log", "entries.0.path", "\"LONG\"")]
    [InlineData("log", "entries.0.details", "\"LONG\"")]
    [InlineData("log", "firstIndex", "-1")]
    [InlineData("log", "journal", "\"\"")]
    [InlineData("credentials", "side", "99")]
    [InlineData("credentials", "runId", "\"/subscriptions/s\"")]
    public async Task What_goes_beyond_a_limit_is_refused_by_name(string verb, string path, string value)
    {
        var body = With(Sound[verb], path, JsonNode.Parse(value.Replace("LONG", Long, StringComparison.Ordinal)));

        var answer = await claimed.PostAsync(verb, body);

        Assert.Equal("InvalidRequestContent", await answer.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("beat", "runs", AgentChannelLimits.RunsMax)]
    [InlineData("work", "holding", AgentChannelLimits.RunsMax)]
    [InlineData("work", "reclaim", AgentChannelLimits.RunsMax)]
    [InlineData("progress", "warnings", AgentChannelLimits.WarningsMax)]
    [InlineData("finish", "warnings", AgentChannelLimits.WarningsMax)]
    [InlineData("log", "entries", AgentChannelLimits.LogBatchMax)]
    public async Task A_list_with_one_element_too_many_is_refused_by_name(string verb, string path, int countMax)
    {
        var sound = JsonNode.Parse(Sound[verb])![path]![0]!;
        var list = new JsonArray([.. Enumerable.Range(0, countMax + 1).Select(_ => sound.DeepClone())]);

        var answer = await claimed.PostAsync(verb, With(Sound[verb], path, list));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(
            $"'{path}' must have at most {countMax} elements, but has {countMax + 1}", await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_without_warnings_has_none()
    {
        var answer = await claimed.PostAsync("progress", With(Sound["progress"], "warnings", null, remove: true));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(7, (await claimed.Scene.PropertiesAsync(claimed.Order.RunId))["itemsTransferred"]!.GetValue<long>());
    }

    [Theory]
    [InlineData("beat", AgentChannelLimits.MessageBytesMax)]
    [InlineData("work", AgentChannelLimits.MessageBytesMax)]
    [InlineData("credentials", AgentChannelLimits.MessageBytesMax)]
    [InlineData("progress", AgentChannelLimits.ReportBytesMax)]
    [InlineData("finish", AgentChannelLimits.ReportBytesMax)]
    [InlineData("log", AgentChannelLimits.LogBytesMax)]
    public async Task A_message_that_is_larger_than_its_kind_may_be_is_refused(string verb, int bytesMax)
    {
        var answer = await claimed.PostAsync(verb, With(Sound[verb], "unknown", new string('x', bytesMax)));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("RequestEntityTooLarge", await answer.ErrorCodeAsync());
    }

    [Fact]
    public async Task An_agent_that_beats_without_end_is_told_to_wait_and_another_is_heard()
    {
        await using var scene = await ChannelScene.StartAsync(new TestClock(TimeProvider.System.GetUtcNow()));
        await scene.RegisterAsync("a2");
        using var other = scene.Connect("a2");
        for (var i = 0; i < AgentChannelLimits.BeatRate.Burst; i++)
        {
            await scene.PostAsAgentAsync("beat", Sound["beat"]);
        }

        var answer = await scene.PostAsAgentAsync("beat", Sound["beat"]);
        ChannelScene.Value(await other.BeatAsync(ChannelScene.Beat(), CancellationToken.None));
        ((TestClock)scene.Clock).Now += TimeSpan.FromSeconds(1);
        var after = await scene.PostAsAgentAsync("beat", Sound["beat"]);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal("1", answer.Header("Retry-After"));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    private static string Report(string status, string more) => $$"""
        {"runId":"RUN","epoch":1,"sequence":1,"status":"{{status}}","scanStatus":"Scanning","counters":{"itemsScanned":9,"itemsExcluded":0,
         "itemsUnsupported":0,"itemsNoTransferNeeded":0,"itemsFailed":0,"itemsTransferred":7,"bytesScanned":0,"bytesExcluded":0,
         "bytesUnsupported":0,"bytesNoTransferNeeded":0,"bytesFailed":0,"bytesTransferred":0},"startedAt":"2026-01-01T00:00:00Z",{{more}}
         "error":{"code":"C","message":"m","target":"t"},"warnings":[{"code":"W","message":"m","target":"t"}]}
        """;

    // Every value of the message, one after the other, left out or replaced by each oddity.
    private static IEnumerable<(string What, string Body)> Odd(string sound)
    {
        var number = 1;
        foreach (var path in PathsOf(JsonNode.Parse(sound)!))
        {
            yield return ($"{path} left out", With(Next(), path, null, remove: true));
            foreach (var (name, odd) in Oddities)
            {
                yield return ($"{path} is {name}", With(Next(), path, odd()));
            }
        }

        // Newer than what was taken before.
        string Next() => sound.Replace("\"sequence\":1", $"\"sequence\":{++number}", StringComparison.Ordinal);
    }

    private static IEnumerable<string> PathsOf(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(m => Below(m.Key, m.Value)),
        JsonArray items => items.SelectMany((item, i) => Below(i.ToString(System.Globalization.CultureInfo.InvariantCulture), item)),
        _ => [],
    };

    private static IEnumerable<string> Below(string name, JsonNode? node) =>
        [name, .. node is null ? [] : PathsOf(node).Select(path => $"{name}.{path}")];

    private static string With(string sound, string path, JsonNode? value, bool remove = false)
    {
        var root = JsonNode.Parse(sound)!;
        var steps = path.Split('.');
        var parent = steps[..^1].Aggregate(root, (node, step) => int.TryParse(step, out var at) ? node[at]! : node[step]!);
        if (parent is JsonArray items)
        {
            items[int.Parse(steps[^1], System.Globalization.CultureInfo.InvariantCulture)] = value;
        }
        else if (remove)
        {
            parent.AsObject().Remove(steps[^1]);
        }
        else
        {
            parent[steps[^1]] = value;
        }

        return root.ToJsonString(new JsonSerializerOptions { MaxDepth = 128 });
    }

    /// <summary>An agent with a run, for the messages that are refused.</summary>
    public sealed class Claimed : IAsyncLifetime
    {
        public ChannelScene Scene { get; private set; } = null!;

        public WorkOrder Order { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Scene = await ChannelScene.StartAsync();
            Order = await Scene.ClaimAsync();
        }

        public Task<HttpResponseMessage> PostAsync(string verb, string body) =>
            Scene.PostAsAgentAsync(verb, body.Replace("RUN", Order.RunId, StringComparison.Ordinal));

        public async Task DisposeAsync() => await Scene.DisposeAsync();
    }
}
