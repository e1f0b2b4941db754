using System.Globalization;

namespace Mover.State.Etcd;

/// <summary>
/// The notes of when which revision was reached, on a clock of their own that runs while a server does: it moves by what the noting server
/// measured since the note before, so that wrong clocks and pauses never make history look older than it is. Pure.
/// </summary>
/// <param name="Time">When this note was made.</param>
/// <param name="Former">Earlier notes, the oldest first.</param>
internal sealed record EtcdHistory(TimeSpan Time, IReadOnlyList<(TimeSpan Time, long Revision)> Former)
{
    /// <summary>Reads what <see cref="Text"/> wrote; what cannot be read counts as nothing noted.</summary>
    public static EtcdHistory Parse(string text)
    {
        var former = new List<(TimeSpan, long)>();
        var time = TimeSpan.Zero;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(' ');
            if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                return new(TimeSpan.Zero, []);
            }

            time = TimeSpan.FromSeconds(seconds);
            if (parts is [_, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
            {
                former.Add((time, revision));
            }
        }

        return new(time, former);
    }

    /// <summary>A line for each former note, "seconds revision", and one with the seconds of this note.</summary>
    public string Text() => string.Concat(
        Former.Select(note => string.Create(CultureInfo.InvariantCulture, $"{(long)note.Time.TotalSeconds} {note.Revision}\n"))
            .Append(string.Create(CultureInfo.InvariantCulture, $"{(long)Time.TotalSeconds}\n")));

    /// <summary>
    /// The note that follows this one, which was written at a revision, after some time; and the revision up to which history is older than
    /// it is kept, or 0.
    /// </summary>
    public (EtcdHistory Next, long Old) After(TimeSpan passed, long revision, TimeSpan kept)
    {
        var now = Time + TimeSpan.FromSeconds(Math.Floor(passed.TotalSeconds));
        List<(TimeSpan Time, long Revision)> notes = revision > 0 ? [.. Former, (Time, revision)] : [];
        var old = notes.FindLastIndex(note => now - note.Time >= kept);
        return (new(now, notes[(old + 1)..]), old < 0 ? 0 : notes[old].Revision);
    }
}
