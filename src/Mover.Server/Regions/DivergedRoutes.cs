using System.Globalization;
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

    // A copy is told that it is whole about once a second.
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CatchUpPause = TimeSpan.FromMilliseconds(50);

    // It has whole documents of everybody's.
    private static readonly RequiredAction Read = new("Microsoft.Authorization/regions/read") { IsAtSubscription = true };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/region/diverged", ShowAsync).TakesNoApiVersion()
            .WithMetadata(Read, AnsweredByStandby.Instance);
        routes.MapDelete("/subscriptions/{subscription}/region/diverged/{epoch:long}", DropAsync).TakesNoApiVersion()
            .WithMetadata(RegionRoutes.Write, AnsweredByStandby.Instance);
    }

    // A page: what a person decides on at a time. It is compared with what is served as of this request, where that can be had.
    private async Task<IResult> ShowAsync(HttpContext http, string subscription, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        var role = (await RegionSeat.ReadAsync(region.Store, cancel)).Role;
        if (role is { IsCopyWhole: false, Duty: RegionDuty.Standby } && role.Diverged.Count > 0)
        {
            return ArmErrors.DivergedNotKnown(region.Options.Region, role.Holder).ToResult();
        }

        if (!TryReadQuery(http, out var only, out var after))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        var (items, chars, isCut) = (new List<DivergedItem>(), 0L, false);
        foreach (var one in (role?.Diverged ?? []).Where(one => one.Epoch >= (after?.Epoch ?? 0) && (only ?? one.Epoch) == one.Epoch)
            .OrderBy(one => one.Epoch))
        {
            var divergence = new Divergence(region.Store, one, role?.Root ?? string.Empty, DivergedWrites.Scope);
            await foreach (var document in divergence.ListAsync(one.Epoch == after?.Epoch ? after.Value.Place : null, cancel))
            {
                if (items.Count == ItemsMax || chars > CharsMax)
                {
                    return Answer(items, isMore: true, $"{items[^1].Epoch}.{Divergence.PlaceOf(items[^1].Document)}");
                }

                var (write, note) = DivergedWrites.Of(document, subscription);
                items.Add(new(one.Epoch, document with { Here = DivergedWrites.Shown(document) }, write, note));
                chars += document.Here?.GetRawText().Length ?? 0;
            }

            isCut |= divergence.IsCut;
        }

        return Answer(items, isCut, null);
    }

    private static IResult Answer(IReadOnlyList<DivergedItem> items, bool isMore, string? next) =>
        ArmResults.Ok(new DivergedList(items, isMore, next), RegionJson.Default.DivergedList);

    // What was just taken over is in the copy then. A copy that does not come along is compared as it is.
    private async Task CatchUpAsync(CancellationToken cancel)
    {
        var (begun, asked) = (region.Clock.GetUtcNow(), region.Clock.GetTimestamp());
        while (region is { IsStandby: true, IsPeerHeard: true, CompleteAt: { } completeAt } && completeAt < begun
            && CatchUpMax - region.Clock.GetElapsedTime(asked) is var left && left > TimeSpan.Zero)
        {
            region.NoteNow();
            await Task.Delay(left < CatchUpPause ? left : CatchUpPause, region.Clock, cancel);
        }
    }

    private static bool TryReadQuery(HttpContext http, out long? only, out (long Epoch, string Place)? after)
    {
        (only, after) = (null, null);
        var (epoch, token) = (http.Request.Query["epoch"].ToString(), http.Request.Query["after"].ToString());
        if (epoch.Length > 0)
        {
            if (!long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var given))
            {
                return false;
            }

            only = given;
        }

        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (token.Length == 0)
        {
            return true;
        }

        if (dot <= 0 || !long.TryParse(token.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            || !Divergence.IsPlace(token[(dot + 1)..]))
        {
            return false;
        }

        after = (from, token[(dot + 1)..]);
        return true;
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
/// <param name="Epoch">The epoch.</param>
/// <param name="Document">The document.</param>
/// <param name="Write">The request that takes it over; null for what none does.</param>
/// <param name="Note">What else is to be done, or what is instead; null for nothing.</param>
internal sealed record DivergedItem(long Epoch, DivergedDocument Document, DivergedWrite? Write, string? Note);

/// <summary>Such documents, whether there are more, and where the next page begins; null after the last that can be listed.</summary>
internal sealed record DivergedList(IReadOnlyList<DivergedItem> Items, bool HasMore, string? Next);
