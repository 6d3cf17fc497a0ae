/** The SCIM endpoint `/<tenant>/scim/v2/`: token, routes and lists. */
import type { AwsDirectory, AwsGroup, AwsUser } from "./aws-directory.ts";
import { resourceTypes, schemas, serviceProviderConfig } from "./scim-discovery.ts";
import { invalidFilter, missing, requestId, scimError, scimWords, unparsable } from "./scim-errors.ts";
import { parseFilter, scimList } from "./scim-filter.ts";
import { createGroup, deleteGroup, getGroup, groupResource, patchGroup } from "./scim-groups.ts";
import {
  createUser,
  deleteUser,
  getUser,
  ownExternalId,
  patchUser,
  putUser,
  userResource,
} from "./scim-users.ts";
import { refuse, type Answer, type Call, type Router } from "./wire.ts";

interface Operation {
  readonly name: string;
  readonly status: number;
  readonly body: () => unknown;
}

export function createScimRouter(aws: AwsDirectory, pageSize: number): Router {
  return (call) => {
    const [tenant, scim, version, ...parts] = call.segments;
    if (scim !== "scim" || version !== "v2") return undefined;
    const operation = find(aws, pageSize, call, parts);
    if (operation === undefined) return undefined;
    return {
      service: "scim",
      operation: operation.name,
      answer: () => {
        admit(aws, tenant, call);
        return answerOf(operation);
      },
    };
  };
}

function answerOf(operation: Operation): Answer {
  const body = operation.body();
  const headers = { "x-amzn-RequestId": requestId(), "content-type": "application/json" };
  return operation.status === 204
    ? { status: 204, headers: { "x-amzn-RequestId": headers["x-amzn-RequestId"] } }
    : { status: operation.status, headers, body };
}

/** A wrong tenant is answered like a wrong token. */
function admit(aws: AwsDirectory, tenant: string | undefined, call: Call): void {
  const token = /^Bearer (.+)$/.exec(call.headers["authorization"] ?? "")?.[1];
  if (tenant !== aws.tenant || token === undefined || !aws.tokens.has(token)) refuse(scimWords(401));
}

function find(
  aws: AwsDirectory,
  pageSize: number,
  call: Call,
  parts: readonly string[],
): Operation | undefined {
  const [collection, id] = parts;
  if (parts.length > 2) return undefined;
  if (collection === "Users") return userOperation(aws, pageSize, call, id);
  if (collection === "Groups") return groupOperation(aws, pageSize, call, id);
  return call.method === "GET" ? discovery(collection, id) : undefined;
}

function userOperation(
  aws: AwsDirectory,
  pageSize: number,
  call: Call,
  id: string | undefined,
): Operation | undefined {
  const shown = (one: AwsUser): unknown => userResource(aws, one);
  switch (`${call.method} ${id === undefined ? "all" : "one"}`) {
    case "GET all":
      return { name: "ListUsers", status: 200, body: () => listUsers(aws, pageSize, call) };
    case "POST all":
      return { name: "CreateUser", status: 201, body: () => shown(createUser(aws, bodyOf(call))) };
    case "GET one":
      return { name: "GetUser", status: 200, body: () => shown(getUser(aws, id ?? "")) };
    case "PUT one":
      return { name: "PutUser", status: 200, body: () => shown(putUser(aws, id ?? "", bodyOf(call))) };
    case "PATCH one":
      return { name: "PatchUser", status: 200, body: () => shown(patchUser(aws, id ?? "", bodyOf(call))) };
    case "DELETE one":
      return { name: "DeleteUser", status: 204, body: () => deleteUser(aws, id ?? "") };
    default:
      return undefined;
  }
}

function groupOperation(
  aws: AwsDirectory,
  pageSize: number,
  call: Call,
  id: string | undefined,
): Operation | undefined {
  const shown = (one: AwsGroup): unknown => groupResource(aws, one);
  switch (`${call.method} ${id === undefined ? "all" : "one"}`) {
    case "GET all":
      return { name: "ListGroups", status: 200, body: () => listGroups(aws, pageSize, call) };
    case "POST all":
      return { name: "CreateGroup", status: 201, body: () => shown(createGroup(aws, bodyOf(call))) };
    case "GET one":
      return { name: "GetGroup", status: 200, body: () => shown(getGroup(aws, id ?? "")) };
    case "PATCH one":
      return { name: "PatchGroup", status: 204, body: () => patchGroup(aws, id ?? "", bodyOf(call)) };
    case "DELETE one":
      return { name: "DeleteGroup", status: 204, body: () => deleteGroup(aws, id ?? "") };
    case "PUT one":
      return { name: "PutGroup", status: 501, body: () => refuse(scimError(501, "Not implemented")) };
    default:
      return undefined;
  }
}

function bodyOf(call: Call): unknown {
  try {
    return JSON.parse(call.text) as unknown;
  } catch {
    return unparsable();
  }
}

function listUsers(aws: AwsDirectory, pageSize: number, call: Call): unknown {
  const filter = parseFilter(call.query.get("filter"), [
    "userName",
    "externalId",
    "groups.value",
    "id manager",
    "id",
  ]);
  const groupId = filter?.get("groups.value");
  const inGroup = new Set(aws.memberships.filter((row) => row.groupId === groupId).map((row) => row.userId));
  const rows = aws.users.filter((one) => userFits(aws, one, filter, inGroup));
  const unknown = groupId !== undefined && !aws.groups.some((one) => one.id === groupId);
  if (unknown && aws.policy.unknownGroupFilter === 404) return missing("GROUP");
  return scimList(call, aws.policy, pageSize, rows, (one) => userResource(aws, one));
}

function userFits(
  aws: AwsDirectory,
  one: AwsUser,
  filter: ReadonlyMap<string, string> | undefined,
  inGroup: ReadonlySet<string>,
): boolean {
  return [...(filter ?? [])].every(([name, value]) => {
    switch (name) {
      case "userName":
        return one.userName.toLowerCase() === value.toLowerCase();
      case "externalId":
        return ownExternalId(aws, one) === value;
      case "groups.value":
        return inGroup.has(one.id);
      case "id":
        return one.id === value;
      case "manager":
        return JSON.stringify(one.extra).includes(`"manager":{"value":${JSON.stringify(value)}`);
      default:
        return invalidFilter();
    }
  });
}

/** Members come as an empty list, whatever the group holds. */
function listGroups(aws: AwsDirectory, pageSize: number, call: Call): unknown {
  const allowed = ["displayName", "externalId", "members.value", "id members", "id"];
  const filter = parseFilter(call.query.get("filter"), allowed);
  const member = filter?.get("members.value") ?? filter?.get("members");
  if (member !== undefined && !aws.users.some((one) => one.id === member)) return missing("USER");
  const rows = aws.groups.filter((one) => groupFits(aws, one, filter));
  const shape = (one: AwsGroup): unknown => ({ ...groupResource(aws, one), members: [] });
  return scimList(call, aws.policy, pageSize, rows, shape);
}

function groupFits(
  aws: AwsDirectory,
  one: AwsGroup,
  filter: ReadonlyMap<string, string> | undefined,
): boolean {
  return [...(filter ?? [])].every(([name, value]) => {
    switch (name) {
      case "displayName":
        return one.displayName.toLowerCase() === value.toLowerCase();
      case "externalId":
        return ownExternalId(aws, one) === value;
      case "members":
      case "members.value":
        return aws.memberships.some((row) => row.groupId === one.id && row.userId === value);
      case "id":
        return one.id === value;
      default:
        return invalidFilter();
    }
  });
}

function discovery(collection: string | undefined, id: string | undefined): Operation | undefined {
  if (collection === "ServiceProviderConfig" && id === undefined) {
    return { name: "ServiceProviderConfig", status: 200, body: () => serviceProviderConfig };
  }
  if (collection === "ResourceTypes" && id === undefined) {
    return { name: "ListResourceTypes", status: 200, body: () => resourceTypes };
  }
  if (collection !== "Schemas") return undefined;
  if (id === undefined) return { name: "ListSchemas", status: 200, body: () => schemas };
  const found = schemas.Resources.find((one) => one.id === id);
  return {
    name: "GetSchema",
    status: 200,
    body: () => found ?? refuse(scimError(404, "SCHEMA does not exist.")),
  };
}
