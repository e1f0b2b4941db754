using System.Text.Json.Serialization;
using Mover.Core.Access;
using Mover.Server.Keys;
using Mover.Server.Tls;

namespace Mover.Server.Identity;

/// <summary>
/// What makes a deployment the one that it is, and all instances over its store one control plane. A class, as are its parts: a record
/// would print its secrets.
/// </summary>
internal sealed class IdentityContent
{
    public required AdministratorPart Administrator { get; init; }

    /// <summary>Keys that sign access tokens; the last one signs, those before are accepted while their tokens live.</summary>
    public required IReadOnlyList<SigningKeyPart> SigningKeys { get; init; }

    /// <summary>Certificate authorities; the last one issues, those before are still pinned by clients.</summary>
    public required IReadOnlyList<AuthorityPart> Authorities { get; init; }

    /// <summary>Keys of the vault; the last one encrypts, all of them decrypt.</summary>
    public required IReadOnlyList<VaultKeyPart> VaultKeys { get; init; }

    /// <summary>The same with some parts replaced; null keeps a part.</summary>
    public IdentityContent With(
        AdministratorPart? administrator = null, IReadOnlyList<SigningKeyPart>? signingKeys = null,
        IReadOnlyList<AuthorityPart>? authorities = null, IReadOnlyList<VaultKeyPart>? vaultKeys = null) => new()
    {
        Administrator = administrator ?? Administrator,
        SigningKeys = signingKeys ?? SigningKeys,
        Authorities = authorities ?? Authorities,
        VaultKeys = vaultKeys ?? VaultKeys,
    };
}

/// <summary>The administrator and the ids that were made at the first start.</summary>
internal sealed class AdministratorPart
{
    public required string TenantId { get; init; }

    public required string SubscriptionId { get; init; }

    public required string ObjectId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientSecret { get; init; }

    /// <summary>1 for the first secret; each that replaces it has the next.</summary>
    public int SecretNumber { get; init; } = 1;

    /// <summary>An administrator as the identity keeps them.</summary>
    public static AdministratorPart Of(Administrator who) => new()
    {
        TenantId = who.TenantId,
        SubscriptionId = who.SubscriptionId,
        ObjectId = who.ObjectId,
        ClientId = who.ClientId,
        ClientSecret = who.ClientSecret.Reveal(),
        SecretNumber = who.SecretNumber,
    };

    /// <summary>The administrator.</summary>
    public Administrator Open() =>
        new(TenantId, SubscriptionId, ObjectId, ClientId, new Secret(ClientSecret)) { SecretNumber = SecretNumber };
}

/// <summary>A key that signs access tokens.</summary>
internal sealed class SigningKeyPart
{
    /// <summary>
    /// How long tokens of a retired key are accepted: the 24 h of the longest that <c>mover token</c> gives out, and what clocks differ.
    /// </summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(25);

    /// <summary>RSA 2048, PKCS#8 PEM.</summary>
    public required string Pem { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>When another key took its place; null while it signs.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>False when every token that it may have signed has expired.</summary>
    public bool IsAccepted(DateTimeOffset now) => RetiredAt is not { } at || now - at < KeptFor;
}

/// <summary>A key of the vault.</summary>
internal sealed class VaultKeyPart
{
    /// <summary>32 bytes, AES-256.</summary>
    public required byte[] Bytes { get; init; }

    public required DateTimeOffset MadeAt { get; init; }
}

/// <summary>The identity as it rests in the store: its facts in the clear, its secrets sealed.</summary>
internal sealed record StoredIdentity
{
    public required string TenantId { get; init; }

    public required string SubscriptionId { get; init; }

    /// <summary>What can be told of it without a key of the ring.</summary>
    public required IReadOnlyList<IdentityFact> Facts { get; init; }

    /// <summary>The key that the content is sealed with, wrapped by the key ring.</summary>
    public required WrappedKey WrappedKey { get; init; }

    /// <summary>The content as JSON, sealed as <see cref="Keys.AesSeal"/> does, bound to the tenant's id.</summary>
    public required byte[] Sealed { get; init; }
}

/// <summary>One thing that belongs to the identity.</summary>
/// <param name="Part">What it is; one of <see cref="IdentityParts"/>.</param>
/// <param name="Id">How it is told from others of its kind; no secret.</param>
/// <param name="MadeAt">When it was made; null where nobody knows.</param>
/// <param name="State"><c>current</c>, or <c>retired</c>: still good for what was made with it.</param>
internal sealed record IdentityFact(string Part, string Id, DateTimeOffset? MadeAt, string State);

/// <summary>The parts of the identity that can be rotated.</summary>
public static class IdentityParts
{
    /// <summary>The administrator's client secret.</summary>
    public const string Administrator = "administrator-secret";

    /// <summary>The key that signs access tokens.</summary>
    public const string SigningKey = "signing-key";

    /// <summary>The certificate authority that clients and agents pin.</summary>
    public const string Authority = "authority";

    /// <summary>The key that encrypts the vault.</summary>
    public const string VaultKey = "vault-key";

    /// <summary>The key, from outside the store, that seals all of them.</summary>
    public const string KeyRing = "key-ring";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Administrator, SigningKey, Authority, VaultKey, KeyRing];
}

/// <summary>JSON of the identity in the store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredIdentity))]
[JsonSerializable(typeof(IdentityContent))]
internal sealed partial class IdentityJson : JsonSerializerContext;
