using Mover.Core.Access;
using Mover.Server.Arm;
using Mover.Server.Identity;
using Mover.State.Documents;

namespace Mover.Server.Access;

/// <summary>
/// The administrator's secret that holds now: the store's, or a newer one that was set in this host's file, which the store is given soon.
/// One that was replaced counts for nothing from then on. While the file is away, what was read last holds. Thread-safe.
/// </summary>
internal sealed partial class AdministratorSecret(
    IdentityFiles files, DeploymentIdentity identity, IdentityUpkeep upkeep, ILogger<AdministratorSecret> logger)
{
    private volatile Known? _known;

    /// <summary>The administrator with the secret that holds now.</summary>
    public Administrator Current
    {
        get
        {
            var (stored, kept) = (identity.Current.Administrator, InFile());
            return kept is null || kept.SecretNumber <= stored.SecretNumber ? stored : stored.With(kept.ClientSecret, kept.SecretNumber);
        }
    }

    /// <summary>What tokens that were given for the secret show.</summary>
    public string Proof => Current.Proof;

    /// <summary>Makes a new secret; the old one and the tokens that were given for it are refused from then on.</summary>
    public async Task<Secret> ReplaceAsync(WriteStamp stamp, CancellationToken cancel)
    {
        await upkeep.ReplaceSecretAsync(Current.SecretNumber, stamp, cancel);
        return identity.Current.Administrator.ClientSecret;
    }

    // The time is read before the content: a file that is replaced in between is read again by the next call.
    private Administrator? InFile()
    {
        var (known, written) = (_known, files.AdministratorWritten);
        if (written == known?.Written || files.ReadAdministrator() is not { } read)
        {
            return known?.Who;
        }

        if (read.SecretNumber > identity.Current.Administrator.SecretNumber)
        {
            Log.Replaced(logger);
        }

        _known = new(written, read);
        return read;
    }

    private sealed record Known(DateTime Written, Administrator Who);

    private static partial class Log
    {
        [LoggerMessage(3032, LogLevel.Information, "The administrator's secret was replaced on this host; "
            + "the old secret is no longer valid.")]
        public static partial void Replaced(ILogger logger);
    }
}
