using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Recovery.Snapshots;

/// <summary>The files of a snapshot: <c>template.json</c> and <c>manifest.json</c> in one folder.</summary>
public static class SnapshotFolder
{
    /// <summary>The template's file.</summary>
    public const string TemplateName = "template.json";

    /// <summary>The manifest's file.</summary>
    public const string ManifestName = "manifest.json";

    /// <summary>The largest file that is read, in bytes.</summary>
    public const long FileBytesMax = 64 * 1024 * 1024;

    private const string Advice = "Take another snapshot, or check out an earlier commit of the repository.";

    /// <summary>Reads a snapshot and holds it to its digest.</summary>
    /// <exception cref="RecoveryException">It is not there, is damaged, or was written by a newer program.</exception>
    public static Snapshot Read(string folder)
    {
        var templateBytes = ReadFile(folder, TemplateName);
        var manifest = Manifest(ReadFile(folder, ManifestName), folder);
        if (manifest.Format != SnapshotManifest.CurrentFormat)
        {
            throw new RecoveryException(
                "SnapshotFormat", $"The snapshot in {folder} has the form '{manifest.Format}', which this program does not know.",
                "Use the version of mover that took it, or a newer one.");
        }

        if (manifest.TemplateDigest != DigestOf(templateBytes))
        {
            throw Damaged(folder, $"{TemplateName} is not the one that {ManifestName} describes: its digest differs", null);
        }

        return new(Template(templateBytes, folder), manifest);
    }

    /// <summary>The digest of a template's bytes as a manifest has it.</summary>
    public static string DigestOf(ReadOnlySpan<byte> template) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(template));

    private static byte[] ReadFile(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            var file = new FileInfo(path);
            return file.Length <= FileBytesMax
                ? File.ReadAllBytes(path)
                : throw Damaged(folder, $"{name} has {file.Length} bytes; at most {FileBytesMax} are read", null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException(
                "SnapshotNotFound", $"There is no snapshot in {folder}: {name} cannot be read. {fault.Message}",
                "Name the folder that `mover recovery snapshot` wrote.", fault);
        }
    }

    private static SnapshotManifest Manifest(byte[] bytes, string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, RecoveryJson.Default.SnapshotManifest)
                ?? throw Damaged(folder, $"{ManifestName} is null", null);
        }
        catch (JsonException fault)
        {
            throw Damaged(folder, $"{ManifestName} cannot be read: {fault.Message}", fault);
        }
    }

    private static JsonObject Template(byte[] bytes, string folder)
    {
        try
        {
            return JsonNode.Parse(bytes) as JsonObject ?? throw Damaged(folder, $"{TemplateName} is not a JSON object", null);
        }
        catch (JsonException fault)
        {
            throw Damaged(folder, $"{TemplateName} cannot be read: {fault.Message}", fault);
        }
    }

    private static RecoveryException Damaged(string folder, string what, Exception? cause) =>
        new("SnapshotDamaged", $"The snapshot in {folder} is damaged: {what}.", Advice, cause);
}
