using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// <c>GET</c> and <c>DELETE /subscriptions/{id}/region/diverged[/{epoch}]</c>, Mover's own: what this region wrote and its pair never got,
/// and giving that up.
/// </summary>
internal sealed class DivergedRoutes(RegionMembership region)
{
    /// <summary>Documents of one answer.</summary>
    private const int ItemsMax = 1000;

    /// <summary>Characters of their JSON, beyond which the answer ends.</summary>
    private const int CharsMax = 8 * 1024 * 1024;

    private const int AttemptsMax = 100;

    // It has whole documents of everybody's.
    private static readonly RequiredAction Read = new("Microsoft.Authorization/regions/read") { IsAtSubscription = true };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/region/diverged", ShowAsync).TakesNoApiVersion()
            .WithMetadata(Read, AnsweredByStandby.Instance);
        routes.MapDelete("/subscriptions/{subscription}/region/diverged/{epoch:long}", DropAsync).TakesNoApiVersion()
            .WithMetadata(RegionRoutes.Write, AnsweredByStandby.Instance);
    }

    // What a person decides on; more than this is a job for the store's own tools.
    private async Task<IResult> ShowAsync(CancellationToken cancel)
    {
        var role = (await RegionSeat.ReadAsync(region.Store, cancel)).Role;
        var (items, chars, isCut) = (new List<DivergedItem>(), 0L, false);
        foreach (var one in role?.Diverged ?? [])
        {
            var divergence = new Divergence(region.Store, one, role?.Root ?? string.Empty);
            await foreach (var document in divergence.ListAsync(cancel))
            {
                if (items.Count == ItemsMax || chars > CharsMax)
                {
                    isCut = true;
                    break;
                }

                items.Add(new(one.Epoch, document));
                chars += document.Here?.GetRawText().Length ?? 0;
            }

            isCut |= divergence.IsCut;
        }

        return ArmResults.Ok(new DivergedList(items, isCut), RegionJson.Default.DivergedList);
    }

    private async Task<IResult> DropAsync(long epoch, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var seat = await RegionSeat.ReadAsync(region.Store, cancel);
            var found = seat.Role?.Diverged.Where(one => one.Epoch == epoch).ToList() ?? [];
            if (seat.Role is not { } role || found.Count == 0)
            {
                return ArmResults.Empty(StatusCodes.Status204NoContent);
            }

            var next = role with
            {
                Diverged = [.. role.Diverged.Except(found)],
                Stale = [.. role.Stale, .. found.Select(one => one.Root).Where(root => root != role.Root)],
            };
            if (await region.ChangeAsync(seat, next, [], cancel) is not null)
            {
                return ArmResults.Empty(StatusCodes.Status200OK);
            }
        }

        return ArmErrors.RegionRoleChanged().ToResult();
    }
}

/// <summary>A document that differs because of what this region wrote in an epoch that was not carried on.</summary>
internal sealed record DivergedItem(long Epoch, DivergedDocument Document);

/// <summary>Such documents, and whether there are more.</summary>
internal sealed record DivergedList(IReadOnlyList<DivergedItem> Items, bool HasMore);
