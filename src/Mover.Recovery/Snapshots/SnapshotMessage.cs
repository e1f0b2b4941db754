using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// What a commit says: a subject, and a line for each resource. Names and values are an estate's, so they are escaped, cut, and never
/// stand where a line begins.
/// </summary>
public static class SnapshotMessage
{
    /// <summary>Lines of the body.</summary>
    public const int LinesMax = 200;

    /// <summary>Characters of a line of the body.</summary>
    public const int LineCharsMax = 400;

    /// <summary>Characters of the subject.</summary>
    public const int SubjectCharsMax = 100;

    private const int ValueCharsMax = 80;
    private const int NameCharsMax = 60;

    /// <summary>The message for a snapshot.</summary>
    /// <param name="before">The snapshot before it; null for the first.</param>
    /// <param name="after">The snapshot.</param>
    /// <param name="subject">A subject of the operator's own; null for one that follows from the changes.</param>
    public static string Of(Snapshot? before, Snapshot after, string? subject = null)
    {
        var text = new StringBuilder();
        var diff = SnapshotDiff.Between(before?.Template ?? [], after.Template);
        var first = subject is null ? SubjectOf(before, after, diff) : Escaped(subject, LineCharsMax);
        text.Append(first).Append('\n');
        var lines = diff.Changes.Select(Line).Concat(before is null ? [] : ManifestLines(before.Manifest, after.Manifest)).ToList();
        if (lines.Count > 0)
        {
            text.Append('\n');
            foreach (var line in lines.Take(LinesMax))
            {
                text.Append(line).Append('\n');
            }

            if (lines.Count > LinesMax)
            {
                text.Append(CultureInfo.InvariantCulture, $"… and {lines.Count - LinesMax} more\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The text on one line, with what a terminal would obey written as <c>\u001b</c>, and cut with <c>…</c>.</summary>
    public static string Escaped(string text, int charsMax)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= charsMax)
            {
                return shown.Append('…').ToString();
            }

            shown.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    ? $"\\u{rune.Value:x4}"
                    : rune.ToString());
        }

        return shown.ToString();
    }

    private static string SubjectOf(Snapshot? before, Snapshot after, SnapshotDiff diff)
    {
        if (before is null)
        {
            var source = after.Manifest.Source;
            var of = source.StorageMover is { } mover ? $"storage mover {mover}" : $"resource group {source.ResourceGroup}";
            return $"First snapshot of {Escaped(of, NameCharsMax)}: {Count(diff.Changes.Count, "resource")}";
        }

        var parts = new List<string>();
        parts.AddRange(Grouped(diff.Changes.Where(one => one.Before is null), "added"));
        parts.AddRange(Grouped(diff.Changes.Where(one => one.After is null), "removed"));
        var changed = diff.Changes.Where(one => one.Before is not null && one.After is not null).ToList();
        parts.AddRange(changed.Count <= 2 ? changed.Select(Phrase) : Grouped(changed, "changed"));
        parts.AddRange(ManifestWords(before.Manifest, after.Manifest));
        if (parts.Count == 0)
        {
            return "Snapshot without resource changes";
        }

        var subject = parts[0];
        for (var at = 1; at < parts.Count; at++)
        {
            if (subject.Length + parts[at].Length + 20 > SubjectCharsMax)
            {
                return $"{subject}, and {parts.Count - at} more";
            }

            subject = $"{subject}, {parts[at]}";
        }

        return subject;
    }

    private static IEnumerable<string> Grouped(IEnumerable<ResourceChange> changes, string verb) =>
        changes.GroupBy(one => EstateTypes.WordOf(one.Type), StringComparer.Ordinal).Select(group =>
            group.Count() == 1 ? $"{ShortOf(group.First())} {verb}" : $"{Count(group.Count(), group.Key)} {verb}");

    // What people say of the most usual changes.
    private static string Phrase(ResourceChange change)
    {
        var name = ShortOf(change);
        if (change.Properties is not [var only])
        {
            return $"{name} changed";
        }

        var value = only.After is null ? null : Shown(only.After);
        return (only.Path, value) switch
        {
            ("/properties/export" or "/properties/shareName", { } to) => $"{name} now exports {to}",
            ("/properties/host", { } to) => $"{name} is now on {to}",
            ("/properties/blobContainerName" or "/properties/fileShareName", { } to) => $"{name} is now {to}",
            ("/properties/agentName", { } to) => $"{name} now uses agent {to}",
            ("/properties/agentName", null) => $"{name} no longer has an agent",
            ("/properties/copyMode", { } to) => $"{name} now copies as {to}",
            ("/properties/schedule/isActive", "true") => $"schedule of {name} switched on",
            ("/properties/schedule/isActive", "false") => $"schedule of {name} switched off",
            _ when only.Path.StartsWith("/properties/schedule", StringComparison.Ordinal) => $"schedule of {name} changed",
            _ => $"{PropertyName(only.Path)} of {name} changed",
        };
    }

    private static string Line(ResourceChange change)
    {
        var name = $"{EstateTypes.WordOf(change.Type)} {Escaped(change.Name, 200)}";
        if (change.Before is null || change.After is null)
        {
            return $"{(change.Before is null ? '+' : '-')} {name}";
        }

        var properties = string.Join(
            "; ", change.Properties.Select(one => $"{PropertyName(one.Path)} {Shown(one.Before)} → {Shown(one.After)}"));
        var line = properties.Length == 0 ? $"~ {name}" : $"~ {name}: {properties}";
        return Escaped(line, LineCharsMax);
    }

    private static IEnumerable<string> ManifestWords(SnapshotManifest before, SnapshotManifest after)
    {
        if (!before.Agents.SequenceEqual(after.Agents))
        {
            yield return "agent identities changed";
        }

        if (!before.RoleAssignments.SequenceEqual(after.RoleAssignments))
        {
            yield return "agent roles changed";
        }

        if (!(before.FinishedMirrors ?? []).SequenceEqual(after.FinishedMirrors ?? [], StringComparer.OrdinalIgnoreCase))
        {
            yield return "finished mirrors changed";
        }

        if (!before.StorageAccounts.SequenceEqual(after.StorageAccounts))
        {
            yield return "storage accounts changed";
        }

        if (!before.LeftOut.SequenceEqual(after.LeftOut))
        {
            yield return "excluded resources changed";
        }

        if (before.Source != after.Source)
        {
            yield return "source changed";
        }
    }

    private static IEnumerable<string> ManifestLines(SnapshotManifest before, SnapshotManifest after)
    {
        foreach (var role in after.RoleAssignments.Except(before.RoleAssignments))
        {
            yield return $"+ role {Cut(role.RoleDefinitionId)} of {Cut(role.PrincipalId)} on {Cut(role.Scope)}";
        }

        foreach (var role in before.RoleAssignments.Except(after.RoleAssignments))
        {
            yield return $"- role {Cut(role.RoleDefinitionId)} of {Cut(role.PrincipalId)} on {Cut(role.Scope)}";
        }

        foreach (var account in after.StorageAccounts.Except(before.StorageAccounts))
        {
            var (region, option) = (account.Location ?? "unknown region", account.Sku ?? "unknown option");
            yield return $"~ storage account {Cut(account.Id)}: {Cut(region)}, {Cut(option)}";
        }

        foreach (var job in (after.FinishedMirrors ?? []).Except(before.FinishedMirrors ?? [], StringComparer.OrdinalIgnoreCase))
        {
            yield return $"~ finished {Cut(job)}";
        }

        foreach (var job in (before.FinishedMirrors ?? []).Except(after.FinishedMirrors ?? [], StringComparer.OrdinalIgnoreCase))
        {
            yield return $"~ no longer finished {Cut(job)}";
        }

        foreach (var other in after.LeftOut.Except(before.LeftOut))
        {
            yield return $"~ left out {Cut(other.Id)}: {Cut(other.Reason)}";
        }
    }

    private static string Cut(string text) => Escaped(text, 160);

    private static string ShortOf(ResourceChange change) =>
        $"{EstateTypes.WordOf(change.Type)} {Escaped(change.Name[(change.Name.LastIndexOf('/') + 1)..], NameCharsMax)}";

    private static string PropertyName(string path) =>
        Escaped(
            (path.StartsWith("/properties/", StringComparison.Ordinal) ? path["/properties/".Length..] : path[1..]).Replace('/', '.'),
            NameCharsMax);

    private static string Shown(JsonNode? value) =>
        value is null ? "nothing" : Escaped(Estate.TextOf(value) ?? value.ToJsonString(), ValueCharsMax);

    private static string Count(int count, string word) => $"{count} {word}{(count == 1 ? string.Empty : "s")}";
}
