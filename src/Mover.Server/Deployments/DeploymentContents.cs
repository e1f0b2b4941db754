using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Documents;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Deployments;

/// <summary>
/// Templates, and what deployments were given: compressed, sealed as the vault's secrets are, and in pieces that the store can hold. They
/// lie in an area that mirrors the resources, so that they go with their group.
/// </summary>
internal sealed class DeploymentContents(DocumentStore documents, VaultKeys keys)
{
    /// <summary>The template of a deployment.</summary>
    public const string Template = "template";

    /// <summary>What it was given.</summary>
    public const string Input = "input";

    public static MirroredArea Area { get; } = new("deploymentcontents");

    /// <summary>The writes that keep a text; null when it is too large.</summary>
    public List<DocumentWrite>? WritesOf(ResourceId deployment, string instance, string kind, string text)
    {
        var packed = Pack(text);
        var pieces = packed.Chunk(DeploymentLimits.PieceCharsMax).Select(piece => new string(piece)).ToList();
        return pieces.Count > DeploymentLimits.PiecesMax ? null : [.. pieces.Select((piece, at) =>
        {
            var key = KeyOf(deployment, instance, kind, at);
            return DocumentWrite.Put(
                key, new(SealedValue.Seal(new Secret(piece), key.Stored, keys.Current)), DeploymentsJson.Stored.ContentPiece);
        })];
    }

    /// <summary>The text; null when it is not there, or its key is not.</summary>
    public async Task<string?> LoadAsync(ResourceId deployment, string instance, string kind, CancellationToken cancel)
    {
        var packed = new StringBuilder();
        for (var at = 0; at < DeploymentLimits.PiecesMax; at++)
        {
            var key = KeyOf(deployment, instance, kind, at);
            if (await documents.GetAsync(key, DeploymentsJson.Stored.ContentPiece, cancel) is not { } piece)
            {
                break;
            }

            if (await keys.FindAsync(piece.Value.Value.KeyId, cancel) is not { } opener
                || piece.Value.Value.Open(key.Stored, opener) is not { } secret)
            {
                return null;
            }

            packed.Append(secret.Reveal());
        }

        return packed.Length == 0 ? null : Unpack(packed.ToString());
    }

    /// <summary>As above, a record.</summary>
    public async Task<T?> LoadAsync<T>(ResourceId deployment, string instance, string kind, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class =>
        await LoadAsync(deployment, instance, kind, cancel) is { } text ? JsonSerializer.Deserialize(text, type) : null;

    /// <summary>Removes one kind of content of a deployment, or everything but what another instance has.</summary>
    public async Task RemoveAsync(ResourceId deployment, string? instance, string? kind, WriteStamp stamp, CancellationToken cancel)
    {
        var place = Area.KeyOf(deployment).Text;
        var root = instance is null ? Area.KeyOf(deployment)
            : DocumentKey.Internal(kind is null ? [.. place.Split('/'), instance] : [.. place.Split('/'), instance, kind]);
        await documents.DeleteBelowAsync(root, stamp, cancel);
    }

    private static DocumentKey KeyOf(ResourceId deployment, string instance, string kind, int piece) => DocumentKey.Internal(
    [
        .. Area.KeyOf(deployment).Text.Split('/'), instance, kind,
        piece.ToString("00", System.Globalization.CultureInfo.InvariantCulture),
    ]);

    private static string Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var zip = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        return Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
    }

    private static string Unpack(string packed)
    {
        using var zip = new BrotliStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
        using var reader = new StreamReader(zip, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
