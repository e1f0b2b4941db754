using System.Globalization;

namespace Mover.Recovery.Drill;

/// <summary>Says on a drill's resource group who drills there, so that no other drill takes it for something left behind.</summary>
/// <param name="Host">The machine.</param>
/// <param name="At">When the drill began, UTC; whole seconds.</param>
/// <param name="Folder">The drill's folder on that machine.</param>
public sealed record DrillMark(string Host, DateTimeOffset At, string Folder)
{
    /// <summary>The tag that carries it.</summary>
    public const string Tag = "mover-recovery-drill";

    /// <summary>A mark of another machine counts no longer than this: whoever drills there has ended, or was killed.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromHours(24);

    // A tag has 256 characters. A folder that does not fit is left out: then the mark counts by its age alone.
    private const int HostCharsMax = 64;
    private const int FolderCharsMax = 160;
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>Reads a tag; null when it is none, or not understood.</summary>
    public static DrillMark? Parse(string? text) =>
        text?.Split(' ', 3) is [var host, var at, var folder]
        && DateTimeOffset.TryParseExact(at, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var began)
            ? new(host, began, folder)
            : null;

    /// <summary>The tag's value.</summary>
    public override string ToString() => string.Join(
        ' ', Host.Replace(' ', '-')[..Math.Min(Host.Length, HostCharsMax)],
        At.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture), Folder.Length > FolderCharsMax ? string.Empty : Folder);
}
