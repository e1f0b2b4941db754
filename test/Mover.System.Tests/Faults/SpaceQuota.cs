using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Mover.SystemTests.Faults;

/// <summary>The space quota of a cluster's members: another program's keys use it up, and an operator frees it.</summary>
internal sealed class SpaceQuota(IReadOnlyList<string> members) : IDisposable
{
    /// <summary>Of each member; a campaign needs a third of it.</summary>
    public const long Bytes = 128 * 1024 * 1024;

    private const int ValueBytes = 1024 * 1024;
    private const int ValuesMax = 1_000;
    private const int AtOnce = 4;
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly string _from = Base64("ballast/");
    private static readonly string _to = Base64("ballast0");

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private bool _isFull;

    /// <summary>When it was freed last, on the clients' clock; null when it never was.</summary>
    public long? FreedAt { get; private set; }

    /// <summary>Writes until no member has room, and the alarm is raised.</summary>
    public async Task FillAsync()
    {
        _isFull = true;
        var value = Convert.ToBase64String(new byte[ValueBytes]);
        for (var at = 0; !await HasAlarmAsync(); at += AtOnce)
        {
            Assert.InRange(at, 0, ValuesMax);
            await Task.WhenAll(Enumerable.Range(at, AtOnce).Select(number => CallAsync(members[0], "kv/put", new()
            {
                ["key"] = Base64(string.Create(CultureInfo.InvariantCulture, $"ballast/{number}")), ["value"] = value,
            })));
        }
    }

    /// <summary>Deletes, compacts, defragments one member after the other, and only then disarms the alarm.</summary>
    public async Task FreeAsync()
    {
        if (!_isFull)
        {
            return;
        }

        var deleted = await SureAsync(members[0], "kv/deleterange", new() { ["key"] = _from, ["range_end"] = _to });
        await SureAsync(members[0], "kv/compaction", new() { ["revision"] = $"{deleted["header"]!["revision"]}", ["physical"] = true });
        foreach (var member in members)
        {
            await SureAsync(member, "maintenance/defragment", []);
        }

        foreach (var alarm in (await SureAsync(members[0], "maintenance/alarm", new() { ["action"] = "GET" }))["alarms"]?.AsArray() ?? [])
        {
            await SureAsync(members[0], "maintenance/alarm", new()
            {
                ["action"] = "DEACTIVATE", ["memberID"] = $"{alarm!["memberID"]}", ["alarm"] = $"{alarm["alarm"]}",
            });
        }

        (FreedAt, _isFull) = (TimeProvider.System.GetTimestamp(), false);
        Assert.False(await HasAlarmAsync(), "The alarm is raised again.");
    }

    public void Dispose() => _http.Dispose();

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<bool> HasAlarmAsync() =>
        (await SureAsync(members[0], "maintenance/alarm", new() { ["action"] = "GET" }))["alarms"]?.AsArray()
            .Any(alarm => (string?)alarm!["alarm"] == "NOSPACE") == true;

    // As an operator does: again when a member took too long. What was compacted by an answer that was lost is.
    private async Task<JsonNode> SureAsync(string member, string call, JsonObject ask)
    {
        using var limit = new CancellationTokenSource(AnswerMax);
        while (true)
        {
            var (isDone, answer) = await CallAsync(member, call, ask);
            if (isDone || $"{answer["error"]}".Contains("has been compacted", StringComparison.Ordinal))
            {
                return answer;
            }

            Assert.False(limit.IsCancellationRequested, $"{member} {call}: {answer.ToJsonString()}");
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task<(bool IsDone, JsonNode Answer)> CallAsync(string member, string call, JsonObject ask)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri($"{member}/v3/{call}"), ask);
        return (answer.IsSuccessStatusCode, await answer.Content.ReadFromJsonAsync<JsonNode>() ?? new JsonObject());
    }
}
