using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Agent;

/// <summary>
/// Signatures of one run's container, renewed at half their life: a control plane that is away for less than the other half is not noticed.
/// Called by one renewal at a time.
/// </summary>
internal sealed class SasSource(AgentChannelClient channel, CredentialRequest ask, CredentialAnswer first, TimeProvider clock)
{
    private static readonly TimeSpan RenewAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Usable = TimeSpan.FromSeconds(30);
    private CredentialAnswer _current = first;
    private long? _failedAt;
    private bool _used;

    /// <summary>
    /// The signature to use; the old one while it lives and no new one can be had. An instance whose clock is wrong signs for another time:
    /// when the service refused a signature that does not cover its time, the other instances are asked.
    /// </summary>
    public async ValueTask<BlobAccess> GetAsync(DateTimeOffset? refusedAt, CancellationToken cancel)
    {
        if (!_used)
        {
            _used = true;
            return Present();
        }

        if (Lives() && _failedAt is { } failed && clock.GetElapsedTime(failed) < RenewAgain)
        {
            return Present();
        }

        try
        {
            for (var left = channel.Addresses.All.Count; ; left--)
            {
                var signer = channel.Addresses.Current;
                if (refusedAt is { } wrong && !Covers(_current.Sas, wrong))
                {
                    channel.Addresses.Failed(signer);
                }

                var answer = await channel.CredentialsAsync(ask, cancel);
                _current = answer.Try(out var given, out var refusal)
                    ? OfSamePlace(given)
                    : throw new VolumeException(
                        new(VolumeFaultKind.Authentication, $"The control plane no longer issues credentials: {refusal.Message}"));
                if (left <= 1 || refusedAt is not { } now || Covers(_current.Sas, now))
                {
                    break;
                }
            }
        }
        catch (AgentChannelException) when (Lives())
        {
            _failedAt = clock.GetTimestamp();
        }
        catch (AgentChannelException away)
        {
            throw new VolumeException(
                new(VolumeFaultKind.Authentication,
                    $"The SAS expired while the control plane was unreachable: {away.Message}", IsTransient: true), away);
        }

        return Present();
    }

    // A signature for another account or address would go to the one that the run has open.
    private CredentialAnswer OfSamePlace(CredentialAnswer given) =>
        given.Sas is not null && (given.BlobEndpoint, given.AccountName, given.ContainerName)
            == (_current.BlobEndpoint, _current.AccountName, _current.ContainerName)
            ? given
            : throw new VolumeException(new(
                VolumeFaultKind.Authentication,
                $"The storage account's endpoint or key changed during the run; the endpoint was {_current.BlobEndpoint} before.")
            {
                Advice = "Start the job again.",
            });

    private static bool Covers(string? sas, DateTimeOffset moment) =>
        sas is not null && SasCredential.ValidityOf(sas) is var (from, until) && !(from > moment) && !(until <= moment);

    // By the clock of this host, which may differ from that of the control plane.
    private DateTimeOffset? EndsAt => _current.ExpiresAt + channel.Time.Skew;

    private bool Lives() => EndsAt is not { } end || end > clock.GetUtcNow() + Usable;

    private BlobAccess Present()
    {
        var now = clock.GetUtcNow();
        return new(_current.Sas ?? string.Empty, EndsAt is { } end ? now + ((end - now) / 2) : null);
    }
}
