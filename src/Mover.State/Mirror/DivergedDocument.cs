using System.Text.Json;
using Mover.State.Documents;

namespace Mover.State.Mirror;

/// <summary>How a document differs between a state that was left behind and the one that is served.</summary>
public enum DivergenceKind
{
    /// <summary>It was written here after the copy, and the served state does not have it.</summary>
    OnlyHere,

    /// <summary>It was written here after the copy, and the served state has other content.</summary>
    Differs,

    /// <summary>It was deleted here after the copy, and the served state has it.</summary>
    DeletedHere,

    /// <summary>It was written here after the copy, and it or the served one cannot be read: it does not match its digest.</summary>
    Damaged,
}

/// <summary>A document that the two states do not have alike because of what was written here.</summary>
/// <param name="Key">Its id, or its place in an area of the control plane's own.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="By">Who wrote it here.</param>
/// <param name="At">When.</param>
/// <param name="Correlation">The correlation id of that.</param>
/// <param name="HereVersion">The version here; 0 for none.</param>
/// <param name="ThereVersion">The version in the served state; 0 for none.</param>
/// <param name="Here">The document here, as JSON; null when there is none.</param>
public sealed record DivergedDocument(
    string Key, DivergenceKind Kind, string By, DateTimeOffset At, string Correlation, long HereVersion, long ThereVersion,
    JsonElement? Here)
{
    /// <summary>The ETag in the served state; null for none.</summary>
    public string? ThereETag { get; init; }

    /// <summary>Who wrote it last in the served state; null for nobody.</summary>
    public string? ThereBy { get; init; }

    /// <summary>When that was; null for never.</summary>
    public DateTimeOffset? ThereAt { get; init; }

    /// <summary>
    /// The served state does not have it as it was when the two parted: it was written or deleted there since, or nobody can tell. To write
    /// it as it was here takes that back.
    /// </summary>
    public bool IsChangedThere { get; init; }

    /// <summary>What was deleted here has this below it in the served state, and that was not deleted here; null for nothing.</summary>
    public string? NewBelow { get; init; }

    internal DivergedDocument With(DocumentInfo? there, bool isChanged) => this with
    {
        ThereETag = there?.ETag, ThereBy = there?.Modified.By, ThereAt = there?.Modified.At, IsChangedThere = isChanged,
    };
}

/// <summary>What belongs to a divergence, and what makes no difference.</summary>
/// <param name="Areas">
/// Areas of the control plane's own that are listed beside the resources, such as <c>roleassignments/</c>, in the order in which they are.
/// </param>
/// <param name="IsSame">Whether two versions of a document say the same but for what the control plane sets.</param>
public sealed record DivergenceScope(IReadOnlyList<string> Areas, Func<string, JsonElement, JsonElement, bool> IsSame);
