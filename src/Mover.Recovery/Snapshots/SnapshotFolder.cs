using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Files;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// The files of a snapshot in one folder: <c>template.json</c>, <c>manifest.json</c> and, when it is signed, <c>signature.json</c>. Whoever
/// can write there may have written anything: what is read is held to its digest and its form, and is never more than it says.
/// </summary>
public static class SnapshotFolder
{
    /// <summary>The template's file.</summary>
    public const string TemplateName = "template.json";

    /// <summary>The manifest's file.</summary>
    public const string ManifestName = "manifest.json";

    /// <summary>The signature's file.</summary>
    public const string SignatureName = "signature.json";

    /// <summary>The largest file that is read, in bytes.</summary>
    public const long FileBytesMax = 64 * 1024 * 1024;

    private const string Advice = "Take a new snapshot, or check out an earlier commit of the repository.";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a snapshot and holds it to its digest.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="trustedPublicKey">The key, in PEM, that must have signed it; null when nobody has to.</param>
    /// <exception cref="RecoveryException">It is not there, is damaged, is not signed by the key, or was written by a newer
    /// program.</exception>
    public static Snapshot Read(string folder, string? trustedPublicKey = null)
    {
        var files = new SnapshotFiles(
            ReadFile(folder, TemplateName), ReadFile(folder, ManifestName),
            trustedPublicKey is null || !Path.Exists(Path.Combine(folder, SignatureName)) ? null : ReadFile(folder, SignatureName));
        if (trustedPublicKey is not null && SnapshotKey.Refuse(files, trustedPublicKey) is { } problem)
        {
            throw new RecoveryException(
                "SnapshotNotTrusted", $"The snapshot in {folder} is not trusted: {problem}.",
                "Use a snapshot signed by the trusted key, or specify the right key with --trust.");
        }

        return Parse(files, folder);
    }

    /// <summary>Writes a snapshot, each file whole or not at all.</summary>
    /// <param name="folder">The folder; made when it is missing.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="key">The key that signs it; null for none.</param>
    public static void Write(string folder, Snapshot snapshot, SnapshotKey? key = null) => Write(folder, SnapshotFiles.Of(snapshot, key));

    /// <summary>The digest of a template's bytes as a manifest has it.</summary>
    public static string DigestOf(ReadOnlySpan<byte> template) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(template));

    internal static void Write(string folder, SnapshotFiles files)
    {
        Directory.CreateDirectory(folder);
        (string Name, byte[]? Content)[] all =
            [(TemplateName, files.Template), (ManifestName, files.Manifest), (SignatureName, files.Signature)];
        foreach (var (name, content) in all)
        {
            var path = Path.Combine(folder, name);

            // A killed writer leaves a file beside the one that it would have become.
            foreach (var left in Directory.EnumerateFiles(folder, $".{name}.{new string('?', 32)}"))
            {
                File.Delete(left);
            }

            if (content is null)
            {
                File.Delete(path);
            }
            else if (!IsThere(path, content))
            {
                PrivateFile.Replace(path, content, readableByAll: true);
            }
        }
    }

    internal static Snapshot Parse(SnapshotFiles files, string folder)
    {
        var manifest = Manifest(files.Manifest, folder);
        if (manifest.TemplateDigest != DigestOf(files.Template))
        {
            throw Damaged(folder, $"{TemplateName} is not the one that {ManifestName} describes: its digest differs", null);
        }

        var template = Template(files.Template, folder);
        return SnapshotShape.Refuse(template) is { } problem
            ? throw Damaged(folder, $"{TemplateName} is not a snapshot: {problem}", null)
            : new(template, manifest);
    }

    private static bool IsThere(string path, byte[] content)
    {
        try
        {
            return PlainFile.Read(path, FileBytesMax).AsSpan().SequenceEqual(content);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static byte[] ReadFile(string folder, string name)
    {
        try
        {
            return PlainFile.Read(Path.Combine(folder, name), FileBytesMax);
        }
        catch (PlainFileException fault)
        {
            throw Damaged(folder, fault.Message.TrimEnd('.'), fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException(
                "SnapshotNotFound", $"No snapshot in {folder}: cannot read {name}. {fault.Message}",
                "Specify the folder that `mover recovery snapshot` wrote.", fault);
        }
    }

    private static SnapshotManifest Manifest(byte[] bytes, string folder)
    {
        try
        {
            var node = Parsed(bytes, ManifestName, folder);
            if (Estate.TextOf(node["format"]) is { } format && format != SnapshotManifest.CurrentFormat)
            {
                throw new RecoveryException(
                    "SnapshotFormat",
                    $"The snapshot in {folder} has the unknown format '{SnapshotMessage.Escaped(format, 100)}'.",
                    "Use the version of mover that wrote it, or a newer one.");
            }

            var manifest = node.Deserialize(RecoveryJson.Default.SnapshotManifest);
            return manifest is not null && SnapshotShape.IsWhole(manifest)
                ? manifest
                : throw Damaged(folder, $"{ManifestName} is incomplete", null);
        }
        catch (JsonException fault)
        {
            throw Damaged(folder, $"cannot read {ManifestName}: {SnapshotMessage.Escaped(fault.Message, 300)}", fault);
        }
    }

    private static JsonObject Template(byte[] bytes, string folder)
    {
        try
        {
            return Parsed(bytes, TemplateName, folder);
        }
        catch (JsonException fault)
        {
            throw Damaged(folder, $"cannot read {TemplateName}: {SnapshotMessage.Escaped(fault.Message, 300)}", fault);
        }
    }

    private static JsonObject Parsed(byte[] bytes, string name, string folder)
    {
        try
        {
            var node = JsonNode.Parse(bytes, documentOptions: Strict);
            ReadTexts(node);
            return node as JsonObject ?? throw Damaged(folder, $"{name} is not a JSON object", null);
        }
        catch (InvalidOperationException fault)
        {
            throw Damaged(folder, $"{name} has text that is not Unicode", fault);
        }
    }

    // Names and texts are decoded when they are first asked for; what cannot be decoded is to be found here and not then.
    private static void ReadTexts(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject one:
                foreach (var (_, value) in one)
                {
                    ReadTexts(value);
                }

                break;
            case JsonArray many:
                foreach (var value in many)
                {
                    ReadTexts(value);
                }

                break;
            default:
                _ = Estate.TextOf(node);
                break;
        }
    }

    private static RecoveryException Damaged(string folder, string what, Exception? cause) =>
        new("SnapshotDamaged", $"The snapshot in {folder} is damaged: {what}.", Advice, cause);
}
