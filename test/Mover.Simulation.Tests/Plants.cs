using System.Buffers;
using System.Text.Json;
using Mover.Core.AgentProtocol;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Simulation;

/// <summary>Bugs that a test puts into the simulation, each to be found by the rules.</summary>
internal static class Plants
{
    /// <summary>Commits of a region that stepped down are applied: their fence is not looked at.</summary>
    public const string NoFence = "no-fence";

    /// <summary>A watch leaves out a change now and then.</summary>
    public const string WatchSkips = "watch-skips";

    /// <summary>The copy of the other region forgets a deletion now and then.</summary>
    public const string MirrorForgets = "mirror-forgets";

    /// <summary>The copy of the other region applies commits of one part in the wrong order.</summary>
    public const string MirrorReorders = "mirror-reorders";

    /// <summary>The last report of an older epoch counts as the first of a newer one.</summary>
    public const string EpochUnchecked = "epoch-unchecked";

    /// <summary>A commit is sent again after it went through, and the second answer is given.</summary>
    public const string CommitAgain = "commit-again";

    /// <summary>A due time names no run: a server whose clock ran ahead starts it, and it is started again.</summary>
    public const string DueTwice = "due-twice";

    public static StorePlant OfStore(string plant) => plant switch
    {
        NoFence => StorePlant.IgnoresFence,
        WatchSkips => StorePlant.SkipsChanges,
        CommitAgain => StorePlant.CommitsAgain,
        _ => StorePlant.None,
    };

    /// <summary>Puts a bug of the transport in its place.</summary>
    public static void Into(Estate estate, string plant)
    {
        if (plant == EpochUnchecked)
        {
            var last = new Dictionary<string, RunReport>(StringComparer.OrdinalIgnoreCase);
            estate.Network.Bend = exchange => Renew(last, exchange);
        }
        else if (plant is MirrorForgets or MirrorReorders)
        {
            estate.Network.BendAnswer = (exchange, answer) => exchange.Uri.AbsolutePath == "/region/changes" && answer.IsSuccessStatusCode
                ? Bend(estate, answer, plant)
                : answer;
        }
    }

    private static Exchange Renew(Dictionary<string, RunReport> last, Exchange exchange)
    {
        if (!exchange.Uri.AbsolutePath.EndsWith("/channel/progress", StringComparison.Ordinal)
            || JsonSerializer.Deserialize(exchange.Body, AgentProtocolJson.Default.RunReport) is not { } report)
        {
            return exchange;
        }

        if (!last.TryGetValue(report.RunId, out var older) || older.Epoch >= report.Epoch)
        {
            last[report.RunId] = report;
            return exchange;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(older with { Epoch = report.Epoch }, AgentProtocolJson.Default.RunReport);
        return new(exchange.Method, exchange.Uri, exchange.Headers, body);
    }

    private static HttpResponseMessage Bend(Estate estate, HttpResponseMessage answer, string plant)
    {
        // The content is in memory, and given at once.
        using var stream = answer.Content.ReadAsStream();
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var part = MirrorFrames.Read(bytes);
        var entries = part.Entries.ToList();
        if (plant == MirrorForgets && estate.World.Chance(0.1) && entries.FindIndex(entry => entry.Value is null) is >= 0 and var gone)
        {
            entries.RemoveAt(gone);
        }
        else if (plant == MirrorReorders)
        {
            entries = [.. entries.GroupBy(entry => entry.Revision).Reverse().SelectMany(commit => commit)];
        }

        var buffer = new ArrayBufferWriter<byte>();
        MirrorFrames.Write(part with { Entries = entries }, buffer);
        var bent = new HttpResponseMessage(answer.StatusCode) { Content = new ByteArrayContent(buffer.WrittenSpan.ToArray()) };
        bent.Content.Headers.ContentType = answer.Content.Headers.ContentType;
        return bent;
    }
}
