namespace Mover.Core.Arm;

/// <summary>
/// An expected "no" of the ARM API: <c>{"error":{"code","message","target","details"}}</c> with an HTTP status.
/// Every one is made in <see cref="ArmErrors"/>.
/// </summary>
/// <param name="Status">The HTTP status, 400 to 599.</param>
/// <param name="Code">The ARM code in PascalCase; clients branch on it.</param>
/// <param name="Message">One or two sentences: what happened, where, and what to do.</param>
/// <param name="Target">The property or parameter at fault, as a JSON path; null when the whole request is.</param>
/// <param name="Details">Every further problem found; empty when there is only this one.</param>
/// <param name="RetryAfter">How long a client should wait before it asks again; null when waiting does not help.</param>
public sealed record ArmError(
    int Status,
    string Code,
    string Message,
    string? Target = null,
    IReadOnlyList<ArmError>? Details = null,
    TimeSpan? RetryAfter = null)
{
    /// <summary>Where a template is wrong; null for everything else.</summary>
    public TemplateViolation? Violation { get; init; }

    /// <summary>What it comes from: its details, and in place of those that have details, theirs; itself when it has none.</summary>
    public IEnumerable<ArmError> Causes => Details is { Count: > 0 } details ? details.SelectMany(detail => detail.Causes) : [this];
}
