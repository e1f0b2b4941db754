using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using Mover.Core.Access;
using Mover.Server.DataFolders;

namespace Mover.Server.Identity;

/// <summary>
/// Who this control plane is and who administers it: made at first start, kept in the store, with a copy for the host's own tools in
/// <c>DIR/access/administrator.json</c>, mode 0600.
/// </summary>
/// <param name="TenantId">The one tenant.</param>
/// <param name="SubscriptionId">The subscription made at first start.</param>
/// <param name="ObjectId">The administrator's identity.</param>
/// <param name="ClientId">The administrator as an application, for client credentials.</param>
/// <param name="ClientSecret">That application's secret.</param>
internal sealed record Administrator(string TenantId, string SubscriptionId, string ObjectId, string ClientId, Secret ClientSecret)
{
    /// <summary>1 for the first secret; each that replaces it has the next.</summary>
    public int SecretNumber { get; init; } = 1;

    /// <summary>The administrator's name in <c>systemData</c>.</summary>
    public const string Name = "administrator";

    /// <summary>The same with another secret.</summary>
    public Administrator With(Secret secret, int number) =>
        new(TenantId, SubscriptionId, ObjectId, ClientId, secret) { SecretNumber = number };

    /// <summary>The administrator as a person at the console.</summary>
    public Principal AsUser() => new(ObjectId, ClientId, Name, PrincipalKind.User);

    /// <summary>What tokens that were given for the client secret show.</summary>
    public string Proof { get; } = SecretHash.Of(ClientSecret).Fingerprint;

    /// <summary>The administrator as a program that knows the client secret.</summary>
    public Principal AsApplication() => new(ObjectId, ClientId, ClientId, PrincipalKind.Application) { Proof = Proof };
}

/// <summary>
/// What the host's own tools need of the identity, under <c>DIR/access</c>: <c>administrator.json</c> and the key that signs,
/// <c>signing.key</c> (RSA 2048, PKCS#8 PEM). Copies of what the store holds; an older data folder has nothing else.
/// </summary>
internal sealed class IdentityFiles(string dataFolder)
{
    private const string Advice = "restore it from a backup, or remove it so that the next start writes it again";

    /// <summary>The administrator's identity and secret.</summary>
    public string AdministratorPath { get; } = Path.Combine(dataFolder, "access", "administrator.json");

    /// <summary>The key that tokens are signed with.</summary>
    public string SigningKeyPath { get; } = Path.Combine(dataFolder, "access", "signing.key");

    /// <summary>True when a server has started with this folder.</summary>
    public bool HasAdministrator => File.Exists(AdministratorPath);

    /// <summary>The administrator; null when no server has started with this folder.</summary>
    public Administrator? ReadAdministrator() => PrivateFile.Read(AdministratorPath) is { } content ? Parse(content) : null;

    /// <summary>When the administrator's file was last written; changes with each write.</summary>
    public DateTime AdministratorWritten => File.GetLastWriteTimeUtc(AdministratorPath);

    /// <summary>Gives the administrator a new secret; null when there is none.</summary>
    public Administrator? ReplaceSecret()
    {
        if (ReadAdministrator() is not { } found)
        {
            return null;
        }

        Files.PrivateFile.Replace(AdministratorPath, ContentOf(found, ClientSecrets.Make(), found.SecretNumber + 1));
        return ReadAdministrator();
    }

    /// <summary>The signing key; null when no server has started with this folder.</summary>
    public RsaSecurityKey? ReadSigningKey() => PrivateFile.Read(SigningKeyPath) is { } content ? LoadKey(content) : null;

    /// <summary>Writes the copies, where they are not what is given.</summary>
    public void Write(Administrator administrator, RsaSecurityKey signingKey)
    {
        if (ReadAdministrator() is not { } found || found.SecretNumber <= administrator.SecretNumber)
        {
            Replace(AdministratorPath, ContentOf(administrator, administrator.ClientSecret, administrator.SecretNumber));
        }

        Replace(SigningKeyPath, Encoding.ASCII.GetBytes(signingKey.Rsa.ExportPkcs8PrivateKeyPem()));
    }

    private static void Replace(string path, byte[] content)
    {
        if (PrivateFile.Read(path) is not { } found || !found.AsSpan().SequenceEqual(content))
        {
            PrivateFile.Replace(path, content);
        }
    }

    private static byte[] ContentOf(Administrator who, Secret secret, int number) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["tenantId"] = who.TenantId,
        ["subscriptionId"] = who.SubscriptionId,
        ["objectId"] = who.ObjectId,
        ["clientId"] = who.ClientId,
        ["clientSecret"] = secret.Reveal(),
        ["secretNumber"] = number,
    }.ToJsonString());

    private Administrator Parse(byte[] content)
    {
        try
        {
            var json = JsonNode.Parse(content)?.AsObject();
            return new(Text(json, "tenantId"), Text(json, "subscriptionId"), Text(json, "objectId"), Text(json, "clientId"),
                new Secret(Text(json, "clientSecret")))
            {
                SecretNumber = json?["secretNumber"]?.GetValue<int>() ?? 1,
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new DataFolderException(AdministratorPath, $"it is not the file that the first start created; {Advice}", fault);
        }
    }

    private string Text(JsonObject? json, string name) =>
        json?[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0
            ? text
            : throw new DataFolderException(AdministratorPath, $"it has no '{name}'; {Advice}");

    private RsaSecurityKey LoadKey(byte[] content)
    {
        try
        {
            return SigningKey.Read(Encoding.ASCII.GetString(content));
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new DataFolderException(SigningKeyPath, $"it is not a PEM private key; {Advice}", fault);
        }
    }
}
