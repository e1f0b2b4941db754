using System.Globalization;

namespace Mover.Simulation;

/// <summary>
/// One resource that one person counts up: what was acknowledged is read from then on, from every server. A write is conditional, so that
/// one that comes late changes nothing.
/// </summary>
internal sealed class Register(Estate estate, int number)
{
    private readonly List<(long Value, DateTimeOffset At)> _acknowledged = [];
    private readonly Operator _writer = new(estate.World, estate.Network, estate.Servers, $"writer{number}");
    private long _tried;
    private long _floor;
    private string? _etag;
    private bool _isKnown;
    private bool _isUncertain;

    private World World => estate.World;

    private string Path => $"{estate.Mover}/projects/reg{number}{Estate.Version}";

    public long Acknowledged => _acknowledged.Count;

    /// <summary>After a failover that loses what came after a time, less may be read.</summary>
    public void Lose(DateTimeOffset since)
    {
        _floor = _acknowledged.LastOrDefault(one => one.At < since).Value;
        _acknowledged.RemoveAll(one => one.At >= since);
        (_isKnown, _isUncertain) = (false, true);
    }

    /// <summary>Nobody counts meanwhile.</summary>
    public bool IsResting { get; set; }

    public async Task CountAsync()
    {
        while (true)
        {
            await _writer.PauseAsync(World.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));
            if (IsResting)
            {
                continue;
            }

            if (World.Chance(0.5))
            {
                await ReadAsync();
            }
            else
            {
                await WriteAsync();
            }
        }
    }

    /// <summary>Reads and compares; false when nobody answers.</summary>
    public async Task<bool> ReadAsync()
    {
        var floor = _floor;
        if (await _writer.AskOnceAsync("GET", Path) is not { Status: 200 or 404 } answer || answer.IsStale)
        {
            return false;
        }

        var value = answer.Status == 404 ? 0
            : long.Parse(answer.Json?["properties"]?["description"]?.ToString() ?? "0", CultureInfo.InvariantCulture);
        if (value < Math.Min(floor, _floor) || value > _tried)
        {
            World.Violated(Rule.AcknowledgedWrites, $"reg{number} was read as {value}; {_floor} was acknowledged, and {_tried} tried.");
        }

        (_etag, _isKnown) = (answer.ETag, true);
        return true;
    }

    private async Task WriteAsync()
    {
        if (!_isKnown && !await ReadAsync())
        {
            return;
        }

        var (value, etag) = (++_tried, _etag);
        _isKnown = false;
        var answer = await _writer.AskOnceAsync("PUT", Path, $$$"""{"properties":{"description":"{{{value}}}"}}""", etag ?? "none");
        World.Note("write", $"reg{number} {value} {answer?.Status}");
        if (answer is { Status: 200 or 201 })
        {
            _acknowledged.Add((value, World.UtcNow));
            (_floor, _etag, _isKnown, _isUncertain) = (value, answer.ETag, answer.ETag is not null, false);
        }
        else if (answer is { Status: 412 } && !_isUncertain)
        {
            World.Violated(Rule.AcknowledgedWrites, $"reg{number} refused {value} with 412, and nobody else writes it.");
        }
        else
        {
            // One without an answer may still be on its way.
            _isUncertain |= answer is null or { Status: >= 500 or 408 or 429 };
        }
    }
}
