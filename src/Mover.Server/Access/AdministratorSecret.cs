using Mover.Core.Access;
using Mover.Server.Tls;

namespace Mover.Server.Access;

/// <summary>
/// The administrator's secret as its file has it: one that was replaced, through the API or on the host, counts for nothing from then on.
/// While the file is away, what was read last holds. Thread-safe.
/// </summary>
internal sealed partial class AdministratorSecret(IdentityFiles files, Administrator administrator, ILogger<AdministratorSecret> logger)
{
    private volatile Known _known = new(files.AdministratorWritten, administrator);

    /// <summary>The administrator with the secret that holds now.</summary>
    public Administrator Current
    {
        get
        {
            // The time is read before the content: a file that is replaced in between is read again by the next call.
            var (known, written) = (_known, files.AdministratorWritten);
            if (written == known.Written || files.ReadAdministrator() is not { } read)
            {
                return known.Who;
            }

            if (read.ClientSecret.Reveal() != known.Who.ClientSecret.Reveal())
            {
                Log.Replaced(logger);
            }

            // Who the administrator is was settled at the start.
            var found = With(read.ClientSecret);
            _known = new(written, found);
            return found;
        }
    }

    /// <summary>What tokens that were given for the secret show.</summary>
    public string Proof => Current.Proof;

    /// <summary>Makes a new secret; the old one and the tokens that were given for it are refused from then on.</summary>
    public Secret Replace()
    {
        var replaced = files.ReplaceSecret() ?? throw new DataFolderException(files.AdministratorPath, "it is not there");
        _known = new(default, With(replaced.ClientSecret));
        return replaced.ClientSecret;
    }

    private Administrator With(Secret secret) =>
        new(administrator.TenantId, administrator.SubscriptionId, administrator.ObjectId, administrator.ClientId, secret);

    private sealed record Known(DateTime Written, Administrator Who);

    private static partial class Log
    {
        [LoggerMessage(3032, LogLevel.Information, "The administrator's secret was replaced on this host; the old one is refused.")]
        public static partial void Replaced(ILogger logger);
    }
}
