using Azure.Core;
using Azure.Identity;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Volumes;
using Mover.Volumes.AzureBlob;

namespace Mover.Agent;

/// <summary>
/// Opens what is in a storage account: with a signature that the control plane issues for the run and renews before it ends, or with the
/// agent's own Azure identity where the control plane holds no key.
/// </summary>
internal sealed class BlobVolumes(AgentChannelClient channel, AgentOptions options, TimeProvider clock)
{
    private static readonly string[] Scopes = ["https://storage.azure.com/.default"];

    // Made on first use: looking for identities takes time, and self-hosted accounts need none.
    private readonly Lazy<TokenCredential> _identity = new(() => new DefaultAzureCredential());

    /// <summary>Opens the container of an endpoint and finds out whether it may be used.</summary>
    public async ValueTask<OpenedVolume> OpenAsync(Driver driver, OpenRequest request, VolumeUse use, CancellationToken cancel)
    {
        var ask = new CredentialRequest(request.RunId, request.Epoch, request.Side);
        CredentialAnswer first;
        try
        {
            var answer = await channel.CredentialsAsync(ask, cancel);
            if (!answer.Try(out var given, out var refusal))
            {
                return OpenedVolume.Refuse(
                    request.Side == RunSide.Source ? StatusCodes.Authentication : StatusCodes.TargetAuthorization, refusal.Message);
            }

            first = given;
        }
        catch (AgentChannelException away)
        {
            throw new VolumeException(new(VolumeFaultKind.Transport,
                $"Cannot get credentials from the control plane: {away.Message}", IsTransient: true), away);
        }

        if (driver.PlaceOf(request.Endpoint, first) is not BlobPlace place)
        {
            return OpenedVolume.Refuse(StatusCodes.TargetPathInvalid,
                $"'{first.BlobEndpoint}' is not a Blob service URL. Correct the storage account's primaryEndpoints.");
        }

        return new(await place.OpenAsync(use with { Credential = CredentialOf(first, ask, place.Address) }, cancel), null);
    }

    private BlobCredential CredentialOf(CredentialAnswer first, CredentialRequest ask, BlobContainerAddress address) => first.Sas is null
        ? new BearerCredential(TokenAsync, BlobDestinations.Azure(options.TokenDomains), clock)
        : new SasCredential(
            new SasSource(channel, ask, first, clock).GetAsync, BlobDestinations.Only(address, options.AllowHttp), clock);

    private async ValueTask<BlobAccess> TokenAsync(DateTimeOffset? refusedAt, CancellationToken cancel)
    {
        try
        {
            var token = await _identity.Value.GetTokenAsync(new(Scopes), cancel);
            return new(token.Token, token.ExpiresOn);
        }
        catch (AuthenticationFailedException failed)
        {
            throw new VolumeException(
                new(VolumeFaultKind.Authentication,
                    $"The agent's host has no working Azure identity: {failed.Message.Split('\n')[0].Trim()}"), failed);
        }
    }
}
