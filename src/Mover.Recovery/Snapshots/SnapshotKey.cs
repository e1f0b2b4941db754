using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mover.Core.Access;
using Mover.Files;

namespace Mover.Recovery.Snapshots;

/// <summary>Who vouches for a snapshot: <c>signature.json</c>, beside the files that it is about.</summary>
/// <param name="Format"><see cref="CurrentFormat"/>.</param>
/// <param name="Key">SHA-256 of the public key (SubjectPublicKeyInfo), lower-case hexadecimal.</param>
/// <param name="TemplateDigest">Digest of <c>template.json</c>.</param>
/// <param name="ManifestDigest">Digest of <c>manifest.json</c>.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256 over the lines format, template digest and manifest digest, in base64.</param>
public sealed record SnapshotSignature(string Format, string Key, string TemplateDigest, string ManifestDigest, string Signature)
{
    /// <summary>The form that this program writes.</summary>
    public const string CurrentFormat = "mover-signature/1";

    /// <summary>What is signed.</summary>
    internal static byte[] Statement(SnapshotFiles files) => Encoding.ASCII.GetBytes(
        $"{CurrentFormat}\n{SnapshotFolder.DigestOf(files.Template)}\n{SnapshotFolder.DigestOf(files.Manifest)}\n");
}

/// <summary>A private key that signs snapshots: ECDSA over P-256, in a PEM file that is its owner's alone.</summary>
public sealed class SnapshotKey : IDisposable
{
    /// <summary>The end of the name of the public key's file.</summary>
    public const string PublicEnding = ".pub";

    private const long FileBytesMax = 64 * 1024;
    private readonly ECDsa _key;

    private SnapshotKey(ECDsa key)
    {
        _key = key;
    }

    /// <summary>The public key in PEM.</summary>
    public string PublicPem => _key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>Makes a key pair: the private key in a new file, mode 0600, the public key beside it in <c>FILE.pub</c>.</summary>
    public static void Create(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n");
        try
        {
            if (!PrivateFile.TryCreate(path, secret))
            {
                throw new RecoveryException("KeyExists", $"{path} already exists.", "Use another file; keys are never overwritten.");
            }

            var shown = Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n");
            PrivateFile.Replace(path + PublicEnding, shown, readableByAll: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException(
                "KeyNotWritten", $"Cannot write the key: {fault.Message}", "Use a file in a folder that you own.", fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Reads a private key; refuses one that other users can read.</summary>
    public static SnapshotKey Read(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && SecretFiles.Refuse(path, File.GetUnixFileMode(path)) is { } problem)
            {
                throw new RecoveryException(
                    "KeyNotUsable", $"Cannot use the key {path}: {problem}.", "If others may have read it, create a new key.");
            }

            return new(Parse(Encoding.UTF8.GetString(PlainFile.Read(path, FileBytesMax)), path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw NotRead(path, "Create one with `mover recovery new-key`.", fault);
        }
    }

    /// <summary>Reads a public key's file; answers its PEM.</summary>
    public static string ReadPublic(string path)
    {
        try
        {
            var pem = Encoding.UTF8.GetString(PlainFile.Read(path, FileBytesMax));
            using var key = Parse(pem, path);
            return key.ExportSubjectPublicKeyInfoPem();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw NotRead(path, "Specify the .pub file created by `mover recovery new-key`.", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    internal byte[] Sign(SnapshotFiles files)
    {
        var signature = _key.SignData(SnapshotSignature.Statement(files), HashAlgorithmName.SHA256);
        var record = new SnapshotSignature(
            SnapshotSignature.CurrentFormat, IdOf(_key), SnapshotFolder.DigestOf(files.Template), SnapshotFolder.DigestOf(files.Manifest),
            Convert.ToBase64String(signature));
        return RecoveryJson.ToBytes(JsonSerializer.SerializeToNode(record, RecoveryJson.Default.SnapshotSignature)?.AsObject() ?? []);
    }

    internal bool HasSigned(SnapshotFiles files) => Refuse(files, PublicPem) is null;

    /// <summary>Null when the files are signed by the key; otherwise what is wrong, as the rest of a sentence.</summary>
    internal static string? Refuse(SnapshotFiles files, string trustedPublicKey)
    {
        if (files.Signature is null)
        {
            return "it is not signed";
        }

        try
        {
            using var trusted = Parse(trustedPublicKey, "that is trusted");
            var signature = JsonSerializer.Deserialize(files.Signature, RecoveryJson.Default.SnapshotSignature);
            return signature is not { Format: SnapshotSignature.CurrentFormat, Signature: not null } ? "its signature has an unknown format"
                : signature.Key != IdOf(trusted) ? "it is signed by another key"
                : trusted.VerifyData(
                    SnapshotSignature.Statement(files), Convert.FromBase64String(signature.Signature), HashAlgorithmName.SHA256) ? null
                : "its signature does not match its files";
        }
        catch (Exception fault) when (fault is JsonException or FormatException)
        {
            return "its signature cannot be read";
        }
    }

    private static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private static ECDsa Parse(string pem, string path)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                return key;
            }
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw NotAKey(path, fault);
        }

        key.Dispose();
        throw NotAKey(path, null);
    }

    private static RecoveryException NotRead(string path, string advice, Exception cause) =>
        new("KeyNotUsable", $"Cannot read the key {path}: {cause.Message}", advice, cause);

    private static RecoveryException NotAKey(string path, Exception? cause) => new(
        "KeyNotUsable", $"The key {path} is not a P-256 ECDSA key in PEM format.", "Create one with `mover recovery new-key`.", cause);
}
