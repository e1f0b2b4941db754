using Mover.Core.Access;
using Mover.Server.Arm;
using Mover.Server.Keys;
using Mover.Server.Tls;
using Mover.State.Documents;

namespace Mover.Server.Identity;

/// <summary>Changes of the identity: rotation when somebody asks, and what time alone makes due.</summary>
internal sealed class IdentityUpkeep(DeploymentIdentity identity, IdentityFiles files, TimeProvider clock)
{
    /// <summary>Keys of one part that are kept, the newest; a rotation forgets the oldest beyond that.</summary>
    public const int KeysMax = 20;

    /// <summary>
    /// Replaces one part (one of <see cref="IdentityParts.All"/>). What was made with the part before stays good: tokens for as long as
    /// they live, pinned certificates, secrets. With <paramref name="revokes"/>, for one that others may know, it does not: tokens and
    /// pins of the part before are refused at once. A vault key is kept, since nothing could be read without it.
    /// </summary>
    public Task RotateAsync(string part, bool revokes, WriteStamp stamp, CancellationToken cancel) => part switch
    {
        IdentityParts.Administrator => ReplaceSecretAsync(0, stamp, cancel),
        IdentityParts.SigningKey => identity.ChangeAsync(
            content => content.With(signingKeys: WithSigningKey(content, revokes)), stamp, cancel),
        IdentityParts.Authority => identity.ChangeAsync(
            content => content.With(authorities: WithAuthority(content, revokes)), stamp, cancel),
        IdentityParts.VaultKey => identity.ChangeAsync(
            content => content.With(vaultKeys: [.. content.VaultKeys, MakeVaultKey(clock.GetUtcNow())]), stamp, cancel),
        IdentityParts.KeyRing => identity.ChangeAsync(content => content, stamp, cancel, renewsRing: true),
        _ => throw new ArgumentException($"'{part}' is not a part of the identity.", nameof(part)),
    };

    /// <summary>Gives the administrator a secret that is newer than the one with this number.</summary>
    public Task ReplaceSecretAsync(int number, WriteStamp stamp, CancellationToken cancel)
    {
        var secret = ClientSecrets.Make();
        return identity.ChangeAsync(
            content => WithSecret(content, secret, Math.Max(number, content.Administrator.SecretNumber) + 1), stamp, cancel);
    }

    /// <summary>What is due: a secret that was set on this host, an authority near its end, keys whose tokens have all expired.</summary>
    public async Task TendAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (files.ReadAdministrator() is { } kept && kept.SecretNumber > identity.Current.Administrator.SecretNumber)
        {
            await identity.ChangeAsync(
                content => kept.SecretNumber > content.Administrator.SecretNumber
                    ? WithSecret(content, kept.ClientSecret, kept.SecretNumber)
                    : null,
                identity.ServiceStamp(), cancel);
        }

        if (!identity.Current.Authorities[^1].Holds(now))
        {
            await identity.ChangeAsync(content => WithRenewedAuthority(content, now), identity.ServiceStamp(), cancel);
        }

        if (identity.Current.Content.SigningKeys.Any(part => !part.IsAccepted(now)))
        {
            await identity.ChangeAsync(
                content => content.With(signingKeys: [.. content.SigningKeys.Where(part => part.IsAccepted(now))]),
                identity.ServiceStamp(), cancel);
        }
    }

    /// <summary>A new key of the vault.</summary>
    public static VaultKeyPart MakeVaultKey(DateTimeOffset now) => new() { Bytes = SealingKey.Make().Bytes.ToArray(), MadeAt = now };

    private static IdentityContent WithSecret(IdentityContent content, Secret secret, int number) =>
        content.With(administrator: AdministratorPart.Of(content.Administrator.Open().With(secret, number)));

    // The same key and name: whoever pins the certificate before trusts this one.
    private static IdentityContent? WithRenewedAuthority(IdentityContent content, DateTimeOffset now)
    {
        using var authority = CertificateAuthority.Of(content.Authorities[^1]);
        if (authority.Holds(now))
        {
            return null;
        }

        using var renewed = authority.Renew(now);
        return content.With(authorities: [.. content.Authorities.SkipLast(1), renewed.ToPart(content.Authorities[^1].MadeAt)]);
    }

    private IReadOnlyList<SigningKeyPart> WithSigningKey(IdentityContent content, bool revokes)
    {
        var now = clock.GetUtcNow();
        var kept = revokes ? [] : content.SigningKeys.Where(part => part.IsAccepted(now)).Select(part => new SigningKeyPart
        {
            Pem = part.Pem,
            MadeAt = part.MadeAt,
            RetiredAt = part.RetiredAt ?? now,
        });
        return [.. kept.TakeLast(KeysMax - 1), SigningKey.Make(now)];
    }

    private IReadOnlyList<AuthorityPart> WithAuthority(IdentityContent content, bool revokes)
    {
        var now = clock.GetUtcNow();
        using var before = CertificateAuthority.Of(content.Authorities[^1]);
        using var next = revokes ? CertificateAuthority.Create(now) : before.Next(now);
        return revokes ? [next.ToPart(now)] : [.. content.Authorities.TakeLast(KeysMax - 1), next.ToPart(now)];
    }
}
