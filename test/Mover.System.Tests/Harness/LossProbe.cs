using System.Globalization;
using System.Text.Json.Nodes;

namespace Mover.SystemTests.Harness;

/// <summary>What of a region's acknowledged writes its pair did not have.</summary>
/// <param name="Written">Writes that were acknowledged.</param>
/// <param name="Lost">Those of them that the pair does not have, with when they were acknowledged.</param>
/// <param name="Last">When the last one was acknowledged.</param>
internal sealed record Loss(int Written, IReadOnlyList<(string Name, DateTimeOffset At)> Lost, DateTimeOffset Last)
{
    /// <summary>From the first acknowledgement that was lost to the last one.</summary>
    public TimeSpan Window => Lost.Count == 0 ? TimeSpan.Zero : Last - Lost[0].At;

    /// <summary>From a moment that a command named to the last acknowledgement.</summary>
    public TimeSpan Since(DateTimeOffset named) => Last > named ? Last - named : TimeSpan.Zero;
}

/// <summary>Writes to a region until it is lost, and remembers what was acknowledged when.</summary>
internal sealed class LossProbe(Estate estate, string prefix)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    private readonly List<(string Name, DateTimeOffset At)> _acknowledged = [];

    /// <summary>Ends with the first write that is not acknowledged.</summary>
    public async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{_acknowledged.Count:D5}");
                await estate.PutAsync($"{estate.MoverId}/projects/{name}", new JsonObject());
                _acknowledged.Add((name, DateTimeOffset.UtcNow));
                await Task.Delay(Pace, TimeProvider.System);
            }
        }
        catch (Exception lost) when (lost is HttpRequestException or Xunit.Sdk.TrueException)
        {
            // The region is gone.
        }
    }

    /// <summary>Looks for each at the region that requests go to; after the end of the writes.</summary>
    public async Task<Loss> CompareAsync()
    {
        Assert.NotEmpty(_acknowledged);
        var there = new HashSet<string>(StringComparer.Ordinal);
        for (var next = (string?)$"{estate.MoverId}/projects"; next is not null;)
        {
            var page = await estate.GetAsync(next);
            there.UnionWith(page["value"]!.AsArray().Select(project => $"{project!["name"]}"));
            next = page["nextLink"] is { } link ? new Uri($"{link}").PathAndQuery.Replace("api-version=2025-12-01", string.Empty, StringComparison.Ordinal) : null;
        }

        return new(_acknowledged.Count, [.. _acknowledged.Where(one => !there.Contains(one.Name))], _acknowledged[^1].At);
    }
}
