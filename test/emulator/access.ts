/**
 * What principals carry: permission sets and their assignments (SSO admin), entitlements (account access manager) and
 * the names of accounts (Organizations). Read only. An assignment outlives its principal.
 */
import { z } from "zod";
import type { AwsDirectory } from "./aws-directory.ts";
import {
  account as management,
  awsError,
  region,
  rejectedCall,
  validate,
  type Action,
  type AwsService,
  type Caller,
} from "./aws-json.ts";
import { listInstances, type IdentityStore } from "./identity-store.ts";
import { refuse, type Answer, type Json, type Router } from "./wire.ts";

interface PermissionSet {
  readonly arn: string;
  readonly name: string;
  /** ARNs of AWS's policies. */
  readonly policies: readonly string[];
  readonly session: string;
}

interface Assignment {
  readonly account: string;
  readonly set: string;
  readonly principal: string;
  readonly type: "USER" | "GROUP";
}

interface Entitlement {
  readonly id: string;
  readonly application: string;
  readonly principal: string;
  readonly type: "USER" | "GROUP";
  readonly role: string;
}

/** What facts call [?]; change any of it at any time. */
interface AccessPolicy {
  /** Rows for a user: those of their groups too, as somebody measured, or the user's own. */
  userRows: "mixed" | "own";
  /** A principal whom the store does not have. */
  unknownPrincipal: "empty" | "ResourceNotFoundException";
  /** An account instance has no permission sets. */
  instance: "organization" | "account";
  /** Who asks about the organization's accounts without being allowed there. */
  organization: "answers" | "AccessDeniedException" | "AWSOrganizationsNotInUseException";
  /** Whether an entitlement tells the account's name. */
  accountNames: boolean;
}

export interface Access {
  readonly permissionSets: PermissionSet[];
  readonly assignments: Assignment[];
  readonly entitlements: Entitlement[];
  /** ARNs of account access manager's applications. */
  readonly applications: string[];
  /** Names by id. */
  readonly accounts: Map<string, string>;
  readonly policy: AccessPolicy;
  /** `policies` are names of AWS's own, such as `AdministratorAccess`. */
  readonly addPermissionSet: (
    name: string,
    more?: { readonly policies?: readonly string[]; readonly session?: string; readonly partition?: string },
  ) => PermissionSet;
  /** To a user or a group, by name or id; accounts by name, made where there is none. */
  readonly assign: (principal: string, set: string, ...accounts: readonly string[]) => void;
  /** A role of an account, by account access manager; its application is made with the first one. */
  readonly entitle: (principal: string, role: string, account: string) => void;
  readonly accountId: (name: string) => string;
  readonly services: readonly AwsService[];
  readonly router: Router;
}

type Around = Omit<
  Access,
  "addPermissionSet" | "assign" | "entitle" | "accountId" | "services" | "router"
> & {
  readonly store: IdentityStore;
  readonly pageSize: number;
};

export function createAccess(store: IdentityStore, pageSize: number, caller: Caller): Access {
  const around: Around = {
    ...{ permissionSets: [], assignments: [], entitlements: [], applications: [] },
    ...{ store, pageSize, accounts: new Map([[management, "management"]]) },
    policy: {
      ...{ userRows: "mixed", unknownPrincipal: "empty", instance: "organization" },
      ...{ organization: "answers", accountNames: true },
    },
  };
  return {
    ...around,
    ...writing(around),
    services: [
      {
        ...{ service: "sso-admin", target: "SWBExternalService", signedFor: "sso" },
        actions: { ListInstances: (input) => listInstances(store.instances, input), ...ssoActions(around) },
      },
      {
        ...{ service: "organizations", target: "AWSOrganizationsV20161128", signedFor: "organizations" },
        actions: { ListAccounts: (input) => listAccounts(around, input) },
      },
    ],
    router: accountAccess(around, caller),
  };
}

// ---------------------------------------------------------------- what tests put in

function writing(around: Around): Pick<Access, "addPermissionSet" | "assign" | "entitle" | "accountId"> {
  const { permissionSets, assignments, entitlements, applications, accounts, store } = around;
  const accountId = (name: string): string => {
    for (const [id, known] of accounts) if (known === name || id === name) return id;
    const id = String(111_111_111_111 + accounts.size);
    accounts.set(id, name);
    return id;
  };
  const principalOf = (key: string): Pick<Assignment, "principal" | "type"> => {
    const group = store.directory.findGroup(key);
    if (group !== undefined) return { principal: group.id, type: "GROUP" };
    return { principal: store.directory.user(key).id, type: "USER" };
  };
  return {
    accountId,
    addPermissionSet: (name, { policies = [], session = "PT1H", partition = "aws" } = {}) => {
      const id = `ps-${String(permissionSets.length + 1).padStart(16, "0")}`;
      const made = {
        ...{ name, session, arn: `arn:${partition}:sso:::permissionSet/${instanceId(store)}/${id}` },
        policies: policies.map((policy) => `arn:${partition}:iam::aws:policy/${policy}`),
      };
      permissionSets.push(made);
      return made;
    },
    assign: (principal, name, ...names) => {
      const { arn } = permissionSets.find((one) => one.name === name) ?? noSuch(name);
      for (const one of names)
        assignments.push({ account: accountId(one), set: arn, ...principalOf(principal) });
    },
    entitle: (principal, role, name) => {
      if (applications.length === 0) applications.push(APPLICATION);
      const owner = principalOf(principal);
      const id = `ent-${String(entitlements.length + 1).padStart(16, "0")}`;
      const arn = `arn:aws:iam::${accountId(name)}:role/${role}`;
      entitlements.push({ id, application: applications[0] ?? "", ...owner, role: arn });
    },
  };
}

const APPLICATION = `arn:aws:account-access:${region}:${management}:application/aam-0123456789abcdef`;

const instanceId = ({ instances }: IdentityStore): string =>
  String(instances[0]?.["InstanceArn"]).replace(/^.*\//, "");

function noSuch(name: string): never {
  throw new Error(`the emulated Identity Center has no permission set ${name}`);
}

// ---------------------------------------------------------------- SSO admin

const paging = { MaxResults: z.number().int().min(1).max(100).optional(), NextToken: z.string().optional() };
const onInstance = z.object({ InstanceArn: z.string().min(1), ...paging });
const onSet = onInstance.extend({ PermissionSetArn: z.string().min(1) });

function ssoActions(around: Around): Readonly<Record<string, Action>> {
  return {
    ListAccountAssignmentsForPrincipal: (input) => {
      const more = { PrincipalId: z.string().min(1), PrincipalType: z.enum(["USER", "GROUP"]) };
      const asked = validate(onInstance.extend(more), input);
      checkInstance(around, asked.InstanceArn);
      const rows = rowsOf(around, asked.PrincipalType, asked.PrincipalId);
      return page(around, asked, "AccountAssignments", rows.map(assignmentShape));
    },
    ListAccountAssignments: (input) => {
      const asked = validate(onSet.extend({ AccountId: z.string().regex(/^\d{12}$/) }), input);
      const { arn } = permissionSet(around, asked);
      const rows = around.assignments.filter((one) => one.set === arn && one.account === asked.AccountId);
      return page(around, asked, "AccountAssignments", rows.map(assignmentShape));
    },
    ListPermissionSets: (input) => {
      const asked = validate(onInstance, input);
      checkInstance(around, asked.InstanceArn);
      return page(
        around,
        asked,
        "PermissionSets",
        around.permissionSets.map(({ arn }) => arn),
      );
    },
    DescribePermissionSet: (input) => {
      const { name, arn, session } = permissionSet(around, validate(onSet, input));
      return { PermissionSet: { Name: name, PermissionSetArn: arn, SessionDuration: session } };
    },
    ListManagedPoliciesInPermissionSet: (input) => {
      const asked = validate(onSet, input);
      const rows = permissionSet(around, asked).policies.map((arn) => ({
        Name: arn.split("/").at(-1),
        Arn: arn,
      }));
      return page(around, asked, "AttachedManagedPolicies", rows);
    },
    ListAccountsForProvisionedPermissionSet: (input) => {
      const asked = validate(onSet, input);
      const { arn } = permissionSet(around, asked);
      const rows = around.assignments.filter(({ set }) => set === arn).map(({ account }) => account);
      return page(around, asked, "AccountIds", [...new Set(rows)]);
    },
  };
}

function rowsOf(around: Around, type: Assignment["type"], id: string): readonly Assignment[] {
  const { users, groups }: AwsDirectory = around.store.directory;
  const isThere = type === "USER" ? users.some((one) => one.id === id) : groups.some((one) => one.id === id);
  if (!isThere && around.policy.unknownPrincipal !== "empty")
    return refuse(awsError("ResourceNotFoundException", `${type} not found`));
  return ofPrincipal(around, around.assignments, type, id);
}

/** The principal's own, and of a user, as the policy says, those of their groups. */
function ofPrincipal<T extends Pick<Assignment, "principal" | "type">>(
  { policy, store }: Around,
  all: readonly T[],
  type: Assignment["type"],
  id: string,
): readonly T[] {
  const isMixed = type === "USER" && policy.userRows === "mixed";
  const { memberships } = store.directory;
  const through = memberships.flatMap(({ userId, groupId }) => (isMixed && userId === id ? [groupId] : []));
  return all.filter(({ principal }) => principal === id || through.includes(principal));
}

const assignmentShape = ({ account, set, principal, type }: Assignment): Json => ({
  ...{ AccountId: account, PermissionSetArn: set, PrincipalId: principal, PrincipalType: type },
});

function checkInstance({ store, policy }: Around, arn: string): void {
  if (!store.instances.some(({ InstanceArn }) => InstanceArn === arn))
    refuse(awsError("ResourceNotFoundException", "Could not find Instance"));
  if (policy.instance === "account")
    refuse(
      awsError("ValidationException", "The operation is not supported for this Identity Center instance"),
    );
}

function permissionSet(around: Around, asked: z.output<typeof onSet>): PermissionSet {
  checkInstance(around, asked.InstanceArn);
  return (
    around.permissionSets.find(({ arn }) => arn === asked.PermissionSetArn) ??
    refuse(awsError("ResourceNotFoundException", "Could not find PermissionSet"))
  );
}

// ---------------------------------------------------------------- Organizations

function listAccounts(around: Around, input: unknown): unknown {
  const { organization } = around.policy;
  if (organization !== "answers")
    refuse(awsError(organization, "You don't have permissions to access this resource."));
  const most = z.number().int().min(1).max(20).optional();
  const asked = validate(z.object({ MaxResults: most, NextToken: z.string().optional() }), input);
  const rows = [...around.accounts].map(([Id, Name]) => ({ Id, Name, Status: "ACTIVE", State: "ACTIVE" }));
  return page(around, { MaxResults: 20, ...asked }, "Accounts", rows);
}

// ---------------------------------------------------------------- account access manager

const SERVICE = "account-access";
const List = z.object({
  maxResults: z.number().int().min(1).max(100).optional(),
  nextToken: z.string().optional(),
});
const Whose = z.union([z.strictObject({ userId: z.string() }), z.strictObject({ groupId: z.string() })]);
const Entitlements = List.extend({
  applicationArn: z.string(),
  filter: z.object({ principalRole: z.object({ principal: z.object({ identityCenter: Whose }) }) }),
});

/** REST with JSON: its refusals have statuses of their own, and the exception's name in a header. */
const restError = (status: number, type: string, message: string): Answer => ({
  status,
  headers: { "x-amzn-errortype": type, "x-amzn-requestid": "emulated-account-access" },
  body: { message },
});

function accountAccess(around: Around, caller: Caller): Router {
  const actions: Readonly<Record<string, readonly [operation: string, Action]>> = {
    "/applications-list": ["ListApplications", (input) => applicationsShown(around, input)],
    "/entitlements-list": ["ListEntitlements", (input) => entitlementsShown(around, input)],
  };
  return (call) => {
    const [operation, act] = (call.method === "POST" && actions[call.path]) || [];
    if (operation === undefined || act === undefined) return undefined;
    const answer = (): Answer => {
      const wrong = rejectedCall(call, caller, SERVICE);
      if (wrong !== undefined) return restError(403, wrong.code, wrong.message);
      const action = `${SERVICE}:${operation}`;
      if (caller.denied.has(action))
        return restError(403, "AccessDeniedException", `User is not authorized to perform: ${action}`);
      return { status: 200, body: act(JSON.parse(call.text) as unknown) };
    };
    return { service: SERVICE, operation, answer };
  };
}

function applicationsShown(around: Around, input: unknown): unknown {
  const asked = validate(List, input);
  const rows = around.applications.map((applicationArn) => ({ applicationArn, createdAt: 1_780_000_000 }));
  return restPage(around, asked, "applications", rows);
}

function entitlementsShown(around: Around, input: unknown): unknown {
  const { filter, applicationArn, ...asked } = validate(Entitlements, input);
  const whose = filter.principalRole.principal.identityCenter;
  const [type, id] =
    "userId" in whose ? (["USER", whose.userId] as const) : (["GROUP", whose.groupId] as const);
  const rows = ofPrincipal(around, around.entitlements, type, id)
    .filter((one) => one.application === applicationArn)
    .map((one) => entitlementShape(around, one));
  return restPage(around, asked, "entitlements", rows);
}

function entitlementShape({ accounts, policy }: Around, { id, role, type, principal }: Entitlement): Json {
  const account = role.split(":")[4] ?? "";
  const named = policy.accountNames ? { accountName: accounts.get(account) } : {};
  const identityCenter = type === "USER" ? { userId: principal } : { groupId: principal };
  const principalRole = { principal: { identityCenter }, roleArn: role, account, ...named };
  return { entitlementId: id, createdAt: 1_780_000_000, entitlement: { principalRole } };
}

// ---------------------------------------------------------------- pages

interface Asked {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

function page({ pageSize }: Around, asked: Asked, key: string, rows: readonly unknown[]): Json {
  const size = Math.min(asked.MaxResults ?? 100, pageSize);
  const from = Number(asked.NextToken ?? 0);
  if (Number.isNaN(from)) return refuse(awsError("ValidationException", "Invalid NextToken"));
  const more = from + size < rows.length ? { NextToken: String(from + size) } : {};
  return { [key]: rows.slice(from, from + size), ...more };
}

function restPage(
  around: Around,
  { maxResults, nextToken }: z.output<typeof List>,
  key: string,
  rows: readonly unknown[],
): Json {
  const { NextToken, ...shown } = page(around, { MaxResults: maxResults, NextToken: nextToken }, key, rows);
  return NextToken === undefined ? shown : { ...shown, nextToken: NextToken };
}
